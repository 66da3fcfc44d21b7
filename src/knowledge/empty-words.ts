/**
 * What people write in the place of an empty answer of a command, or behind the command in a sentence (`… returns
 * nothing`): stems in lower case, of the languages that posts are written in.
 */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  en: ['nothing', 'no output', 'no result', 'no results', 'empty', 'blank', 'without output', 'none'],
  de: ['nichts', 'keine ausgabe', 'ohne ausgabe', 'kein ergebnis', 'leer', 'leere'],
  nl: ['niets', 'geen uitvoer', 'geen output', 'leeg'],
  fr: ['rien', 'aucune sortie', 'aucun résultat', 'pas de sortie', 'vide'],
  es: ['nada', 'sin salida', 'ninguna salida', 'vacío', 'vacio', 'vacía'],
  pt: ['nenhuma saída', 'sem saída', 'vazio', 'vazia'],
  it: ['niente', 'nulla', 'nessun output', 'vuoto', 'vuota'],
  pl: ['nic', 'pusto', 'puste', 'pusty', 'brak wyniku', 'brak wyników', 'žádný výstup', 'prázdný', 'prázdné'],
  ru: ['ничего', 'пусто', 'пустой', 'нічого', 'порожньо', 'нет вывода'],
  tr: ['hiçbir şey', 'boş', 'çıktı yok'],
  zh: [
    '没有输出',
    '没有任何输出',
    '无输出',
    '什么都没有',
    '什么也没有',
    '空的',
    '為空',
    '为空',
    '没有内容',
    '沒有輸出',
  ],
  ja: ['何も表示され', '何も出', '出力なし', '空です', '出力がありません', '아무것도', '출력이 없'],
}

export const EMPTY: readonly string[] = Object.values(WORDS).flat()
