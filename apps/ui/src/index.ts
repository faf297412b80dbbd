/** @omg/ui: the owned components of the web front ends. */
export { Amount, exact, grouped } from './Amount.tsx'
export { Hash } from './Hash.tsx'
export { Loading, Notice } from './Notice.tsx'
export { Page } from './Page.tsx'
export { Facts, Figure, Panel } from './Panel.tsx'
export { Status } from './Status.tsx'
export { type Column, Table } from './Table.tsx'
export { ago, Time } from './Time.tsx'
