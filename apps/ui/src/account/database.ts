/** What the page keeps in this browser: a small table in IndexedDB, which can hold keys that no script can read out. */

const NAME = 'omg-exchange'
const VERSION = 1
const TABLE = 'kept'

let opened: Promise<IDBDatabase> | undefined

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION)
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => {
      opened = undefined
      reject(request.error)
    }
  })
  return opened
}

async function run<T>(mode: IDBTransactionMode, ask: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open()
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(TABLE, mode)
    const request = ask(transaction.objectStore(TABLE))
    // A write counts once its transaction is over: what is told as kept is kept.
    transaction.oncomplete = () => resolve(request.result)
    transaction.onabort = () => reject(transaction.error)
    transaction.onerror = () => reject(transaction.error)
  })
}

/** What is kept under a name; undefined if nothing is. */
export function read(name: string): Promise<unknown> {
  return run('readonly', table => table.get(name))
}

/** Keeps a value, which may hold a CryptoKey. */
export async function write(name: string, value: unknown): Promise<void> {
  await run('readwrite', table => table.put(value, name))
}

export async function forget(name: string): Promise<void> {
  await run('readwrite', table => table.delete(name))
}
