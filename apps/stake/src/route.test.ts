import { expect, test } from 'vitest'
import { routeOf, validatorHref } from './route.ts'

const validator = `0x${'ab'.repeat(20)}` as const

test.each([
  ['', { view: 'validators' }],
  ['#/', { view: 'validators' }],
  ['#/own', { view: 'own' }],
  ['#/fees', { view: 'fees' }],
  ['#/history', { view: 'history' }],
  [validatorHref(validator as never), { view: 'validator', validator }],
  [`#/validator/${validator.toUpperCase().replace('0X', '0x')}`, { view: 'validator', validator }],
  ['#/validator/0x12', { view: 'unknown' }],
  ['#/validator', { view: 'unknown' }],
  [`#/validator/${validator}/x`, { view: 'unknown' }],
  ['#/fees/', { view: 'unknown' }],
  ['#/toString', { view: 'unknown' }],
])('%s', (fragment, route) => {
  expect(routeOf(fragment)).toEqual(route)
})
