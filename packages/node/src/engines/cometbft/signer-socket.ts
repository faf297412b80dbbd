/** The socket on which CometBFT waits for its signer, by that of the signer. */
export const votesSocket = (path: string): string => `${path}.votes`
