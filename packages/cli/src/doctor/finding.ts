/** One thing that `omg doctor` has looked at. */
export interface Finding {
  check: string
  state: 'good' | 'limited' | 'bad'
  found: string
  action?: string
}
