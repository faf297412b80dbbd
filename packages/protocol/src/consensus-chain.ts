import { type Domain, domainSeparator } from './typed-data.ts'

/** CometBFT refuses a genesis whose chain id is longer, in characters. */
export const MAX_CONSENSUS_CHAIN_ID = 50

/** 20 bytes: nobody finds two deployments of one name, under which an honest vote here would be a double vote there. */
const SEPARATOR_DIGITS = 40

/**
 * The chain's name in the votes of its validators: `omg-` and the first 20 bytes of the domain separator, in lower-case hex. So it names
 * the Ethereum chain and RootChain, for which alone there is no room, and a vote of one network proves nothing on another.
 */
export function consensusChainId(domain: Domain): string {
  return `omg-${domainSeparator(domain).slice(2, 2 + SEPARATOR_DIGITS)}`
}
