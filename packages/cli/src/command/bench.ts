import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Command } from 'commander'
import { action } from '../action.ts'
import { EXIT } from '../error.ts'

const EXAMPLES = `
Examples:
  $ omg bench
  $ omg bench --only ledger --check`

export function benchCommand(program: Command): void {
  program
    .command('bench')
    .description('measure this machine: every benchmark beside its peer')
    .option('--only <part>', 'benchmarks whose path contains this')
    .option('--check', `end with ${EXIT.unhealthy} where a figure misses its budget`)
    .option('--quick', 'smaller loads: to see that they run, not for figures')
    .addHelpText('after', EXAMPLES)
    .action(
      action<{ only?: string; check?: boolean; quick?: boolean }>(
        async ({ json }, { only, check, quick }) => {
          const runner = join(import.meta.dirname, '..', '..', '..', '..', 'tools', 'bench.ts')
          const args = [
            ...(only === undefined ? [] : ['--only', only]),
            ...(check ? ['--check'] : []),
            ...(quick ? ['--quick'] : []),
            ...(json ? ['--json'] : []),
          ]
          const { status } = spawnSync(process.execPath, [runner, ...args], { stdio: 'inherit' })
          process.exitCode = status === 1 ? EXIT.unhealthy : (status ?? EXIT.failed)
          return undefined
        },
      ),
    )
}
