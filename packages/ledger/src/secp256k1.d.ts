/** The part of libsecp256k1's native binding that the ledger uses. */
declare module 'secp256k1' {
  /** Throws if the signature is out of range or no key can be recovered. */
  export function ecdsaRecover(
    signature: Uint8Array,
    recoveryId: number,
    message: Uint8Array,
    compressed: boolean,
    output: Uint8Array,
  ): Uint8Array
  export function ecdsaSign(
    message: Uint8Array,
    privateKey: Uint8Array,
  ): { signature: Uint8Array; recid: number }
  const secp256k1: { ecdsaRecover: typeof ecdsaRecover; ecdsaSign: typeof ecdsaSign }
  export default secp256k1
}
