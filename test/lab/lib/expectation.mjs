/**
 * @typedef {'ready' | 'ready-after-binding' | 'blocked' | 'in-use-by-host' | 'not-assignable' | 'cannot-tell'} Verdict
 *
 * @typedef {object} DeviceExpectation
 * @property {Verdict} verdict what the doctor must say
 * @property {readonly string[]} [because] codes that must be among its reasons
 * @property {string | readonly string[]} [now] what the kernel must answer to one who takes the device as it stands:
 *   `works`, or the stage of truth.c that fails and its error (`set-iommu EPERM`), or one of several
 * @property {string | readonly string[]} [bound] the same after the usual binding of this device alone
 * @property {string | readonly string[]} [followed] the same after the doctor's own steps
 *
 * @typedef {object} RoundExpectation
 * @property {Readonly<Record<string, DeviceExpectation>>} devices by address
 * @property {readonly string[]} [causes] codes that must be among the causes
 * @property {readonly string[]} [found] codes that must be somewhere in the report
 * @property {readonly string[]} [not] codes that must not be anywhere in the report
 *
 * @typedef {object} Truth
 * @property {string} device
 * @property {'now' | 'bound' | 'followed'} when
 * @property {boolean} works
 * @property {string} [stage]
 * @property {string} [error]
 *
 * @typedef {object} Row
 * @property {string} device
 * @property {string} verdict
 * @property {string} truth
 */

/**
 * Holds one report against the kernel's answers and the scenario's expectation. The kernel's answers come first: what
 * the doctor promises must be so, whatever the scenario expects.
 * @param {RoundExpectation} expected
 * @param {any} report the doctor's JSON report, or null where there is none
 * @param {readonly Truth[]} truths
 * @returns {{ rows: Row[], mismatches: string[] }}
 */
export function judge(expected, report, truths) {
  const mismatches = report === null ? ['the doctor gave no report'] : []
  const found = (report?.checks ?? []).flatMap((check) => (check.findings ?? []).map((finding) => finding.code))
  const rows = Object.entries(expected.devices).map(([address, wanted]) => {
    const device = report?.devices?.find((one) => one.address === address)
    const answers = answersFor(address, truths)
    const verdict = device?.verdict ?? 'not in the report'
    for (const problem of [
      ...againstKernel(verdict, answers, found),
      ...againstExpectation(wanted, verdict, device?.because ?? [], answers),
    ]) {
      mismatches.push(`${address}: ${problem}`)
    }
    return { device: address, verdict, truth: words(answers) }
  })
  const causes = (report?.causes ?? []).map((cause) => cause.code)
  for (const code of expected.causes ?? []) {
    if (!causes.includes(code)) mismatches.push(`${code} is not among the causes (${causes.join(' ') || 'none'})`)
  }
  for (const code of expected.found ?? []) {
    if (!found.includes(code)) mismatches.push(`${code} was not found (${found.join(' ') || 'nothing was'})`)
  }
  for (const code of expected.not ?? []) {
    if (found.includes(code)) mismatches.push(`${code} was found, and is not so`)
  }
  for (const check of report?.checks ?? []) {
    if (check.status === 'crash') mismatches.push(`the check ${check.id} crashed: ${check.message}`)
  }
  return { rows, mismatches }
}

/** @returns {Partial<Record<Truth['when'], string>>} `works`, or `stage ERROR` */
function answersFor(address, truths) {
  return Object.fromEntries(
    truths
      .filter((one) => one.device === address)
      .map((one) => [one.when, one.works ? 'works' : `${one.stage} ${one.error}`]),
  )
}

/**
 * What keeps a VMM from a device that is ready, by the stage and error that it meets, and the finding that must name it:
 * `ready` speaks of a VMM with the rights that libvirt and Proxmox give it, while no guest has the device, on the host itself.
 */
const NAMED_BESIDE_READY = {
  'open-group EACCES': 'group-node-for-root',
  'map-memory ENOMEM': 'memlock-low',
  'map-memory EINVAL': 'guest-memory-at-hypertransport',
  'open-group EBUSY': 'device-in-guest',
  'open-group ENOENT': 'container-without-vfio',
}

/** What a verdict promises, held against what the kernel did. */
function againstKernel(verdict, { now, bound, followed }, found) {
  if (now === undefined) return ['the kernel was not asked']
  switch (verdict) {
    case 'ready':
      return now === 'works' || found.includes(NAMED_BESIDE_READY[now]) ? [] : [`said to be ready, but ${now}`]
    case 'ready-after-binding':
      if (now === 'works') return ['works without binding']
      return followed === 'works' ? [] : [`the doctor's steps were followed, but ${followed ?? 'not asked'}`]
    case 'blocked':
      if (now === 'works') return ['said to be blocked, but works']
      return bound === 'works' ? ['said to be blocked, but works when bound'] : []
    case 'not-assignable':
      return bound?.startsWith('bind ') ? [] : [`said not to be assignable, but ${bound ?? 'not asked'}`]
    case 'in-use-by-host':
      return now === 'works' ? ['said to be in use by the host, but works'] : []
    default:
      return []
  }
}

function againstExpectation(wanted, verdict, because, answers) {
  const problems = []
  if (verdict !== wanted.verdict) problems.push(`${verdict} (${because.join(' ')}), expected ${wanted.verdict}`)
  for (const code of wanted.because ?? []) {
    if (!because.includes(code)) problems.push(`not because of ${code} (${because.join(' ') || 'no reason'})`)
  }
  for (const when of ['now', 'bound', 'followed']) {
    const possible = [wanted[when] ?? answers[when]].flat()
    if (!possible.includes(answers[when])) {
      problems.push(`the kernel answered ${answers[when] ?? 'nothing'} (${when}), expected ${possible.join(' or ')}`)
    }
  }
  return problems
}

function words(answers) {
  return Object.entries(answers)
    .map(([when, answer]) => (when === 'now' ? answer : `${when}: ${answer}`))
    .join('; ')
}
