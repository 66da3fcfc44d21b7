/**
 * Words that tell, behind a message in a sentence, that it does not come any more: stems in lower case, of the
 * languages that posts are written in. Only words that say so of whatever stands before them.
 */
export const OVER: Readonly<Record<string, readonly string[]>> = {
  en: ['solved', 'fixed', 'resolved', 'gone', 'disappeared', 'went away', 'no longer', 'anymore', 'any more'],
  de: ['gelöst', 'behoben', 'erledigt', 'verschwunden', 'nicht mehr'],
  nl: ['opgelost', 'verholpen', 'verdwenen', 'niet meer'],
  fr: ['résolu', 'réglé', 'disparu', "n'apparaît plus", "n'apparait plus"],
  es: ['resuelt', 'solucionad', 'desapareci', 'ya no'],
  pt: ['resolvid', 'sumiu', 'já não'],
  it: ['risolt', 'sparit', 'scompars', 'non appare più', 'non compare più'],
  pl: ['rozwiązan', 'zniknął', 'zniknęł', 'już nie'],
  ru: ['решен', 'решён', 'исправлен', 'исчез', 'пропал', 'больше не'],
  zh: ['解决了', '已解决', '消失', '不再'],
  ja: ['解決済', '解決しまし', '解決した', '消えまし', '消えた'],
}

/** Words that, right before a message, tell that it does not come. */
export const ABSENT: Readonly<Record<string, readonly string[]>> = {
  en: ['no', 'not', 'without', 'never', 'no longer get', 'no longer see', 'no longer have'],
  de: ['kein', 'keine', 'keinen', 'nicht', 'ohne'],
  nl: ['geen', 'zonder'],
  fr: ['sans', 'pas de', 'aucun', 'aucune'],
  es: ['sin', 'ningún'],
  pt: ['sem', 'nenhum'],
  it: ['senza', 'nessun', 'nessuno'],
  pl: ['brak', 'bez'],
  ru: ['нет', 'без'],
  zh: ['没有', '沒有'],
}

/** Words that turn the meaning of a word of OVER that follows them. */
export const STILL: readonly string[] = [
  'be',
  'get it',
  'get this',
  'not',
  'not yet',
  'never',
  'nicht',
  'noch nicht',
  'niet',
  'pas',
  'no',
  'não',
  'non',
  'nie',
  'не',
  '未',
]
