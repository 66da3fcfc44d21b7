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

/** What makes the opposite of it, or leaves it open: stems in lower case, anywhere in the sentence. */
const OPEN_WORDS: Readonly<Record<string, readonly string[]>> = {
  en: [
    'not',
    'no longer',
    'non-empty',
    'nonempty',
    'none of',
    'if',
    'whether',
    'unless',
    'check',
    'verify',
    'make sure',
    'ensure',
    'should',
    'was',
    'used to',
  ],
  de: ['nicht leer', 'nicht mehr', 'wenn', 'falls', 'ob', 'prüfe', 'war'],
  nl: ['niet leeg', 'als', 'indien', 'controleer'],
  fr: ['pas vide', 'plus vide', "n'est", 'vérifie', 'était'],
  es: ['no está vac', 'no esta vac', 'no están vac', 'comprueba', 'verifica', 'estaba'],
  pt: ['não está vaz', 'verifique', 'estava'],
  it: ['non è vuot', 'controlla', 'era vuot'],
  pl: ['nie jest pust', 'jeśli', 'jeżeli', 'sprawdź'],
  ru: ['не пуст', 'если', 'якщо', 'проверь', 'был пуст', 'была пуст'],
  tr: ['boş değil', 'eğer'],
  zh: ['不为空', '不是空', '非空', '不為空', '如果', '若', '检查'],
  ja: ['空では', 'なら', 'もし', '확인', '않'],
}

export const LEFT_OPEN: readonly string[] = Object.values(OPEN_WORDS).flat()
