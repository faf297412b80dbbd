/** @omg/ccxt: the network as an exchange of CCXT, for bots that know nothing else. */
import { AccountStreamExchange } from './watchAccount.ts'

/**
 * The OMG Network as CCXT sees an exchange: `new omg({ privateKey })`, then any unified method. docs/ccxt.md says what is different.
 */
export class omg extends AccountStreamExchange {}

export default omg
