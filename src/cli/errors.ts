/** Something the user can mend: shown as one line, exit status 2 (or 3: the machine could not be examined). */
export class UserError extends Error {
  readonly status: 2 | 3
  constructor(message: string, status: 2 | 3 = 2) {
    super(message)
    this.status = status
  }
}
