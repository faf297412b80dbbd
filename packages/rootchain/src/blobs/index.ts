/** @omg/rootchain/blobs: blobs read back, from beacon nodes and archives. For Node. */
export { type BlobArchive, openArchive } from './archive.ts'
export { beaconSource } from './beacon.ts'
export { type BlobPlace, type BlobSource, blobSource } from './source.ts'
