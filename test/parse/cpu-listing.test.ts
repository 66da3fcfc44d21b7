import { describe, expect, it } from 'vitest'
import { valueOf } from '../../src/model/fact.ts'
import { cpuField, namedCpu } from '../../src/parse/cpu-listing.ts'
import { machineFromPaste } from '../../src/paste/index.ts'

describe('a field of /proc/cpuinfo', () => {
  it.each([
    ['vendor_id\t: GenuineIntel', ['vendor_id', 'GenuineIntel']],
    ['Vendor ID:             AuthenticAMD', ['vendor_id', 'AuthenticAMD']],
    ['Anbieterkennung:       GenuineIntel', ['vendor_id', 'GenuineIntel']],
    ['Identifiant constructeur : AuthenticAMD', ['vendor_id', 'AuthenticAMD']],
    ['厂商 ID： GenuineIntel', ['vendor_id', 'GenuineIntel']],
    ['"vendor": "AuthenticAMD",', ['vendor_id', 'AuthenticAMD']],
    ['Markierungen: fpu vme de pse svm', ['flags', 'fpu vme de pse svm']],
    ['Adressgrößen: 39 bits physical, 48 bits virtual', ['address sizes', '39 bits physical, 48 bits virtual']],
    ['the vendor: GenuineIntel or so', null],
    ['GenuineIntel', null],
  ])('%s', (line, wanted) => {
    expect(cpuField(line)).toEqual(wanted)
  })
})

describe('the processor that a line names', () => {
  it.each([
    ['model name\t: Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz', 'intel', 'Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz'],
    ['Model name:  AMD Ryzen 9 5950X 16-Core Processor', 'amd', 'AMD Ryzen 9 5950X 16-Core Processor'],
    ['Modellname: 13th Gen Intel(R) Core(TM) i5-13400', 'intel', '13th Gen Intel(R) Core(TM) i5-13400'],
    ['Имя модели: AMD EPYC 7302P 16-Core Processor', 'amd', 'AMD EPYC 7302P 16-Core Processor'],
    ['Version: Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz', 'intel', 'Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz'],
    ['product: Intel(R) N100', 'intel', 'Intel(R) N100'],
    ['CPU: Intel Core i7-9700K', 'intel', 'Intel Core i7-9700K'],
    ['CPU: Ryzen 7 5700G with Radeon Graphics', 'amd', 'Ryzen 7 5700G with Radeon Graphics'],
    ['CPU(s): 2x Intel Xeon E5-2690', 'intel', 'Intel Xeon E5-2690'],
    ['CPU - i5-4590', 'intel', 'i5-4590'],
    ['Processor: AMD FX-8350 Eight-Core', 'amd', 'AMD FX-8350 Eight-Core'],
    ['CPU: AMD Ryzen 5 3600 (12) @ 3.600GHz', 'amd', 'AMD Ryzen 5 3600 (12) @ 3.600GHz'],
    ['CPU: Info: 8-core model: AMD Ryzen 7 2700 bits: 64 type: MT MCP', 'amd', 'AMD Ryzen 7 2700'],
    ['CPU: 6-core Intel Core i5-8400 (-MCP-)', 'intel', 'Intel Core i5-8400 (-MCP-)'],
    ['处理器: Intel Core i9-10900', 'intel', 'Intel Core i9-10900'],
    ['Model name: Hygon C86 7185 32-core Processor', 'hygon', 'Hygon C86 7185 32-core Processor'],
  ])('%s', (line, vendor, model) => {
    expect(namedCpu(line)).toEqual({ vendor, model })
  })

  it.each([
    'CPU: Intel or AMD, I forgot',
    'CPU: Intel Core i7 does not do it either',
    'My CPU is an Intel Core i7-9700K',
    'Processor: Intel Core i5 oder so, gekauft im Mai',
    'Question: AMD Ryzen or Intel Core?',
    'VGA compatible controller: Intel Corporation HD Graphics 630',
    'Subsystem: Advanced Micro Devices, Inc. [AMD] Starship Root Complex',
    'CPU: 4 PID: 77 Comm: qemu-system-x86 Not tainted 6.8.0 #1',
    'CPU: host',
  ])('%s names none', (line) => {
    expect(namedCpu(line)).toBeNull()
  })
})

const cpuOf = (text: string): unknown => valueOf(machineFromPaste({ text, truncated: false }).facts.cpu)

it('the vendor of a post is what its listings agree on', () => {
  expect(cpuOf('* CPU: Intel Core i7-9700K\n* GPU: GTX 1070')).toMatchObject({ vendor: 'intel', flags: [] })
  expect(cpuOf('Model name: AMD Ryzen 9 5950X 16-Core Processor\nFlags: fpu vme de svm')).toMatchObject({
    vendor: 'amd',
    flags: ['fpu', 'vme', 'de', 'svm'],
  })
  expect(cpuOf('CPU: Intel Core i7-9700K\n\nCPU: Ryzen 5 3600')).toBeUndefined()
  expect(cpuOf('CPU: Intel Core i7-9700K\n\nvendor_id : AuthenticAMD')).toMatchObject({ vendor: 'amd' })
  expect(cpuOf('I have tried an Intel Core i7-9700K before')).toBeUndefined()
})
