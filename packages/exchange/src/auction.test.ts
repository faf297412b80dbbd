import { auctionConformance } from './auction.conformance.ts'
import { referenceAuction } from './auction.reference.ts'
import { engineAuction } from './auction.ts'

auctionConformance('reference', referenceAuction)
auctionConformance('engine', engineAuction)
