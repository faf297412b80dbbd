import { type Kysely, sql } from 'kysely'
import type { Migration, MigrationProvider } from 'kysely/migration'

/*
 * Hashes and addresses are lower-case hexadecimal text, compared byte by byte. Integers that fit 63 bits are int8; amounts,
 * positions and whatever the chain bounds by 64 bits or more are numeric without a fraction. No column is a float.
 */
const CHAIN = `
create table ledger_state (
  id int4 primary key check (id = 1), height int8 not null, parameters text not null, state text not null);
create table order_records (key text collate "C" primary key, value text not null);
create table blocks (
  height int8 primary key, time numeric(20) not null, app_hash text not null, previous_app_hash text not null,
  checkpoint int8 not null, origin numeric(20) not null, origin_hash text not null, origin_time numeric(20) not null,
  inbox_cursor numeric(20) not null, closes boolean not null, transactions int4 not null, deposits int4 not null,
  bytes int4 not null);
create table checkpoints (
  number int8 primary key, tx_root text not null, tx_count int4 not null, origin numeric(20) not null,
  origin_hash text not null, inbox_cursor numeric(20) not null, first_height int8 not null, last_height int8 not null);
create table commitments (
  checkpoint int8 primary key, header_hash text not null, ethereum_block numeric(20) not null,
  ethereum_time numeric(20) not null);
create table transactions (
  hash text collate "C" primary key, height int8 not null, place int4 not null, path int8 not null, kind text not null,
  signers jsonb not null, valid_until numeric(20), memo text, market text, price int8, fee_lanes numeric(78) not null,
  bytes int4 not null);
create unique index transactions_place on transactions (height, place);
create table outputs (
  id text collate "C" primary key, type text not null, guard text collate "C" not null, owner text collate "C",
  token text collate "C" not null, amount numeric(39) not null, held_as text not null, position numeric(29) not null,
  height int8 not null, tx_hash text collate "C", output_index int4 not null, spent_height int8,
  spent_by text collate "C");
create unique index outputs_live on outputs (id) where spent_height is null;
create index outputs_of_owner on outputs (owner, height, id);
create index outputs_live_of_owner on outputs (owner, height, id) where spent_height is null;
create index outputs_of_transaction on outputs (tx_hash, output_index);
create index outputs_spent_by on outputs (spent_by);
create index outputs_unknown on outputs (guard) where owner is null;
create table activity (
  owner text collate "C" not null, height int8 not null, ordinal int4 not null, time numeric(20) not null,
  kind text not null, tx_hash text, output_id text, token text not null, item numeric(39),
  received numeric(60) not null, sent numeric(60) not null, primary key (owner, height, ordinal));
create table balances (
  owner text collate "C" not null, token text collate "C" not null, held_as text collate "C" not null,
  amount numeric(60) not null, outputs int8 not null, primary key (owner, token, held_as));
create table fees (
  token text collate "C" not null, height int8 not null, amount numeric(60) not null, primary key (token, height));
create table tokens (
  token text collate "C" primary key, supply numeric(60) not null, outputs int8 not null, items int8 not null,
  deposited numeric(60) not null, fees numeric(60) not null)`

const EXCHANGE = `
create table markets (
  id text collate "C" primary key, base text not null, quote text not null, tick numeric(39) not null,
  lot numeric(39) not null, tier text not null, minimum_size numeric(39) not null, state text not null,
  listed_height int8 not null, state_height int8 not null);
create table orders (
  guard text collate "C" not null, height int8 not null, position numeric(29) not null, time numeric(20) not null,
  market text collate "C" not null, owner text collate "C" not null, side text not null, limit_price int8 not null,
  lots int8 not null, remaining int8 not null, tick int8 not null, asleep boolean not null, status text not null,
  release text, closed_height int8, filled int8 not null, value numeric(60) not null, fee numeric(60) not null,
  updated_height int8 not null, terms jsonb not null, primary key (guard, height));
create index orders_of_owner on orders (owner, height, guard);
create index orders_open_of_owner on orders (owner, height, guard) where closed_height is null;
create index orders_book on orders (market, side, tick)
  where closed_height is null and release is null and not asleep;
create table fills (
  market text collate "C" not null, height int8 not null, guard text collate "C" not null, order_height int8 not null,
  time numeric(20) not null, owner text collate "C" not null, side text not null, price int8 not null,
  lots int8 not null, value numeric(60) not null, fee numeric(60) not null, maker boolean not null,
  tx_hash text not null, primary key (market, height, guard));
create index fills_of_owner on fills (owner, height, guard);
create index fills_of_order on fills (guard, height);
create table batches (
  market text collate "C" not null, height int8 not null, time numeric(20) not null, price int8, volume int8 not null,
  low int8, high int8, demand int8 not null, supply int8 not null, rationing jsonb, buys int4 not null,
  sells int4 not null, releases jsonb not null, left_out jsonb not null, settlements int4 not null,
  primary key (market, height));
create table trades (
  market text collate "C" not null, height int8 not null, time numeric(20) not null, price int8 not null,
  lots int8 not null, value numeric(60) not null, taker_buy_lots int8 not null, taker_sell_lots int8 not null,
  primary key (market, height));
create table candles (
  market text collate "C" not null, interval text collate "C" not null, start numeric(20) not null, open int8 not null,
  high int8 not null, low int8 not null, close int8 not null, lots numeric(60) not null, value numeric(60) not null,
  trades int8 not null, primary key (market, interval, start));
create view book as
  select market, side, tick, sum(remaining)::numeric(60) as lots, count(*) as orders from orders
  where closed_height is null and release is null and not asleep group by market, side, tick`

const COMMITMENT_TRANSACTIONS = `
alter table commitments add column ethereum_transaction text`

/** The saved state and the parameters of the chain have another form: the indexer reads the chain again. */
const DATA_MODES = `
truncate table ledger_state, order_records, blocks, checkpoints, transactions, outputs, activity, balances, fees, tokens,
  markets, orders, fills, batches, trades, candles;
alter table checkpoints add column da_mode text not null`

/** What stood in a book at a block is found by when it entered. */
const ORDERS_OF_MARKETS = `
create index orders_of_market on orders (market, height)`

/** Auctions keep what took part in them: the chain is read again. */
const AUCTION_LEVELS = `
truncate table ledger_state, order_records, blocks, checkpoints, transactions, outputs, activity, balances, fees, tokens,
  markets, orders, fills, batches, trades, candles;
alter table batches add column levels jsonb not null;
drop index orders_of_market`

function migration(text: string): Migration {
  return {
    async up(database: Kysely<unknown>) {
      // One statement at a time: neither driver takes several with parameters.
      for (const statement of text.split(/;\n/)) await sql.raw(statement).execute(database)
    },
  }
}

/** Names sort in the order in which they are run; what was released is never changed, only followed by another. */
export const migrations: MigrationProvider = {
  getMigrations: async () => ({
    '0001_chain': migration(CHAIN),
    '0002_exchange': migration(EXCHANGE),
    '0003_commitment_transactions': migration(COMMITMENT_TRANSACTIONS),
    '0004_data_modes': migration(DATA_MODES),
    '0005_orders_of_markets': migration(ORDERS_OF_MARKETS),
    '0006_auction_levels': migration(AUCTION_LEVELS),
  }),
}

/** Everything that follows from the chain alone: the same rows after any way of getting there. */
export const DERIVED_TABLES = [
  'ledger_state',
  'order_records',
  'blocks',
  'checkpoints',
  'transactions',
  'outputs',
  'activity',
  'balances',
  'fees',
  'tokens',
  'markets',
  'orders',
  'fills',
  'batches',
  'trades',
  'candles',
] as const
