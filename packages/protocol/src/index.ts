/** @omg/protocol: the bytes of the network. docs/encoding.md is the specification. */
export * from './consensus-chain.ts'
export * from './error.ts'
export * from './fee-pool.ts'
export * from './header.ts'
export * from './hex.ts'
export * from './keccak.ts'
export * from './lanes.ts'
export * from './limits.ts'
export * from './market.ts'
export {
  decodeOrderTerms,
  encodeOrderTerms,
  isTradingBalance,
  type OrderTerms,
  orderGuard,
  orderTermsProblem,
  TERMS_NAMES,
  tradingTerms,
  withGuard,
} from './order.ts'
export {
  amount,
  coinGuard,
  decodeOutput,
  depositId,
  encodeOutput,
  type Output,
  OutputType,
  type OutputTypeName,
  outputId,
  outputProblem,
  ownerOfGuard,
} from './output.ts'
export {
  decodePosition,
  depositPosition,
  encodePosition,
  isDepositPosition,
  type PositionParts,
  parsePosition,
  position,
} from './position.ts'
export * from './proof.ts'
export { Reader } from './reader.ts'
export * from './signature.ts'
export { decodeSwapTerms, encodeSwapTerms, type SwapTerms, swapGuard } from './swap.ts'
export { TAG, taggedHash } from './tag.ts'
export { decodeTransaction, encodeMoveInputs, encodeTransaction } from './transaction/encoding.ts'
export { transactionHash } from './transaction/hash.ts'
export * from './transaction/instruction.ts'
export * from './transaction/signed.ts'
export * from './transaction/transaction.ts'
export * from './tree.ts'
export * from './typed-data.ts'
export {
  decodeWitness,
  EMPTY_WITNESS,
  encodeWitness,
  type Witness,
  witnessHash,
  witnessProblem,
} from './witness.ts'
export { Writer } from './writer.ts'
