import { wholeShelf } from '../../src/parse/shelves/all.ts'
import { vocabularyOf, type Vocabulary } from '../../src/parse/vocabulary.ts'

/** Every message that the doctor knows. */
export const WHOLE: Vocabulary = vocabularyOf(wholeShelf)
