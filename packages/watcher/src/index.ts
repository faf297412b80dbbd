export { type Alarm, AlarmBook, type AlarmChange } from './alarm/book.ts'
export { ALARM_CODES, ALARMS, type AlarmCode, type AlarmKind, type Severity } from './alarm/catalogue.ts'
export { type Configuration, loadConfiguration, redact } from './configuration/configuration.ts'
