import type { LspciBlock } from '../parse/lspci.ts'

/** A definition of a guest that goes over several lines. */
export interface GuestState {
  xml: boolean
  qemu: { readonly line: number; text: string } | null
}

/** Where in the post we are: the listing that the next line may go on with. */
export interface Place {
  block: { readonly block: LspciBlock; readonly lines: string[] } | null
  group: number | null
  /** The directory or command last named: what a bare `ls -l` or a bare value is about. */
  command: string
  /** Lines since the last attempt, for the error that belongs to it. */
  sinceAttempt: number
  lsmod: boolean
  guest: GuestState
}
