/** @omg/rootchain: the Ethereum side of the network. Browser-safe; deployment is in '@omg/rootchain/deploy'. */
export {
  CONTRACT_NAMES,
  type ContractName,
  type Deployment,
  decodeDeployment,
  domainOf,
  encodeDeployment,
  type FeeToken,
} from './deployment.ts'
export { RevertedError, ROOT_CHAIN_ERRORS, type RootChainErrorCode, rootChainError } from './error.ts'
export {
  checkParameters,
  type DevnetParameters,
  devnetParameters,
  mainnetParameters,
  type Parameters,
} from './parameters.ts'
export { bumpFees, defaultFeeStrategy, estimateFees, type FeeStrategy, type Fees } from './send/fees.ts'
export {
  createTransactionSender,
  type SendOptions,
  type TransactionRequest,
  type TransactionSender,
  type TransactionSenderParameters,
} from './send/transactionSender.ts'
