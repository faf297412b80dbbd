/**
 * State machines as data: each row says from which state, on which event, under which guard, to which state, with
 * which effects. A row table can be read, drawn into the documentation and walked by a test; nested ifs cannot.
 */
export interface Row<
  State extends string,
  Event extends string,
  GuardName extends string,
  Effect extends string,
> {
  readonly from: State
  readonly on: Event
  /** Name of a guard; the first row of `(from, on)` whose guard holds is taken. A row without one always holds. */
  readonly when?: GuardName
  readonly to: State
  readonly effects: readonly Effect[]
}

export interface Machine<
  State extends string,
  Event extends string,
  GuardName extends string,
  Effect extends string,
  Context,
> {
  readonly name: string
  readonly initial: State
  readonly terminal: readonly State[]
  readonly guards: Readonly<Record<GuardName, (context: Context) => boolean>>
  readonly rows: readonly Row<State, Event, GuardName, Effect>[]
}

export interface Step<State extends string, Effect extends string> {
  readonly state: State
  readonly effects: readonly Effect[]
  /** False where the event has no row in this state: nothing happens, which is a fact and not a fault. */
  readonly moved: boolean
}

/** One step of a machine. Pure: effects are names, and whoever calls carries them out. */
export function step<S extends string, E extends string, G extends string, F extends string, C>(
  machine: Machine<S, E, G, F, C>,
  state: S,
  event: E,
  context: C,
): Step<S, F> {
  for (const row of machine.rows) {
    if (row.from !== state || row.on !== event) continue
    if (row.when !== undefined && !machine.guards[row.when](context)) continue
    return { state: row.to, effects: row.effects, moved: true }
  }
  return { state, effects: [], moved: false }
}

/** The rows as a Markdown table, for the documentation. */
export function drawTable<S extends string, E extends string, G extends string, F extends string, C>(
  machine: Machine<S, E, G, F, C>,
): string {
  const head = ['| state | event | guard | next state | effects |', '|---|---|---|---|---|']
  const rows = machine.rows.map(
    row =>
      `| ${row.from} | ${row.on} | ${row.when ?? ''} | ${row.to === row.from ? '(same)' : row.to} | ${row.effects.join(', ')} |`,
  )
  return [...head, ...rows].join('\n')
}
