import type { IPrimitivePaneView, ISeriesPrimitive, SeriesAttachedParameter, Time } from 'lightweight-charts'

export interface BatchDot {
  /** Start of its bar, in seconds. */
  readonly bar: number
  /** Where in the bar, from 0 to 1. */
  readonly place: number
  readonly price: number
  /** Share of the largest batch that is drawn. */
  readonly share: number
  readonly color: string
}

/** Least and most of a dot's radius, in pixels. */
const [SMALLEST, LARGEST] = [1.5, 4]
/** Share of a bar's width over which its dots lie. */
const SPREAD = 0.7
const WHOLE_TURN = 2 * Math.PI

/** Batches in a chart: a dot at each clearing price, as large as its volume. */
export class BatchDots implements ISeriesPrimitive<Time> {
  readonly #views: readonly IPrimitivePaneView[]
  #attached: SeriesAttachedParameter<Time> | undefined
  #dots: readonly BatchDot[] = []

  constructor() {
    const draw = (context: CanvasRenderingContext2D) => this.#draw(context)
    const renderer = {
      draw: (target: {
        useMediaCoordinateSpace(f: (scope: { context: CanvasRenderingContext2D }) => void): void
      }) => target.useMediaCoordinateSpace(({ context }) => draw(context)),
    }
    this.#views = [{ zOrder: () => 'top', renderer: () => renderer }]
  }

  attached(parameters: SeriesAttachedParameter<Time>): void {
    this.#attached = parameters
  }

  detached(): void {
    this.#attached = undefined
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.#views
  }

  set(dots: readonly BatchDot[]): void {
    this.#dots = dots
    this.#attached?.requestUpdate()
  }

  #draw(context: CanvasRenderingContext2D): void {
    if (!this.#attached) return
    const { chart, series } = this.#attached
    const scale = chart.timeScale()
    const width = scale.options().barSpacing
    for (const { bar, place, price, share, color } of this.#dots) {
      const x = scale.timeToCoordinate(bar as never)
      const y = series.priceToCoordinate(price)
      if (x === null || y === null) continue
      context.beginPath()
      const radius = Math.min(SMALLEST + share * (LARGEST - SMALLEST), Math.max(SMALLEST, width / 2))
      context.arc(x + (place - 0.5) * SPREAD * width, y, radius, 0, WHOLE_TURN)
      context.fillStyle = color
      context.fill()
    }
  }
}
