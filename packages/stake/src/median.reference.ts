/** The lower stake-weighted median by sorting: the model that `median` is tested against. */
export function sortedMedian(values: readonly bigint[], weights: readonly bigint[]): bigint {
  const votes = values.map((value, i) => ({ value, weight: weights[i]! }))
  votes.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0))
  const total = weights.reduce((sum, weight) => sum + weight, 0n)
  let sum = 0n
  for (const { value, weight } of votes) {
    sum += weight
    if (2n * sum >= total) return value
  }
  throw new Error('no weight, no median')
}
