import { defineCheck, type AnyCheck, type Evidence } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { dracutLeftOut } from '../../src/rules/dracut-list.ts'
import { atLeast } from '../../src/rules/kernel.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'

export const check: AnyCheck = defineCheck({
  id: 'vfio-virqfd',
  area: 'modules',
  title: 'No module is asked for that newer kernels have folded into vfio',
  needs: [],
  uses: ['kernel', 'messages', 'initramfs', 'modprobe', 'attempts', 'modules', 'os', 'pci', 'commandLine'],
  problems: {
    'vfio-virqfd-gone': {
      severity: 'info',
      family: 'healthy',
      title: 'vfio_virqfd is part of vfio since Linux 6.2, and missing nowhere',
      summary:
        'Older guides list it beside the other vfio modules. "Module vfio_virqfd not found" is harmless: there is nothing to install. Take the name out of the lists, and the complaint goes. Only dracut stops at the name: what add_drivers or force_drivers names behind it is not put into the image.',
      proof: 'modprobe saying that vfio_virqfd is not found, or its name in a list of modules on a kernel from 6.2 on.',
      ruledOut: 'A kernel before 6.2, or the name in no list.',
      explains: ['module-not-found', 'modprobe-module-unknown'],
      remedy: [{ do: 'remove-initramfs-modules', modules: 'vfio_virqfd' }],
      sources: ['drivers/vfio/Kconfig: VFIO_VIRQFD', 'drivers/vfio/Makefile'],
    },
    'vfio-virqfd-cuts-list': {
      severity: 'warn',
      family: 'vfio-module-missing',
      title: 'dracut stops its list at vfio_virqfd, and leaves vfio-pci out of the initramfs',
      summary:
        'vfio_virqfd is part of vfio since Linux 6.2, so no module has the name. dracut puts the modules of add_drivers and of force_drivers into the image in their order and stops at one that it does not find; it makes the image nevertheless. Take the name out.',
      proof:
        'dracut saying that it failed on a list with vfio_pci behind vfio_virqfd; or such a list in its settings on a kernel from 6.2 on, with an image that lacks vfio-pci or a listed device on its host driver.',
      ruledOut: 'vfio_pci before the name or in another list that is put in, in the image, or built into the kernel.',
      explains: [
        'vfio-virqfd-gone',
        'initramfs-without-vfio',
        'initramfs-stale',
        'device-on-host-driver',
        'bind-too-late',
        'bind-too-late-not-loaded',
      ],
      remedy: [{ do: 'remove-initramfs-modules', modules: 'vfio_virqfd', tool: 'dracut' }, { do: 'reboot' }],
      sources: ['dracut: src/install/dracut-install.c, install_modules', 'dracut: dracut-init.sh, instmods'],
    },
  },
  judge(facts, scope) {
    const said = messagesWith(facts.messages, 'virqfd-missing', 'virqfd-missing-dracut')
    // The message names the directory of the kernel that it is about, which need not be the running one.
    const path = /(\d{1,3})\.(\d{1,3})[^/]{0,60}$/.exec(said[0]?.values['path'] ?? '')
    const newer = path === null ? atLeast(facts.kernel, 6, 2) : Number(path[1]) * 1000 + Number(path[2]) >= 6002
    const listed: readonly Evidence[] = [
      ...(valueOf(facts.initramfs)?.configuredModules ?? []).map((one) => ({ source: one.source, saw: one.module })),
      ...(valueOf(facts.modprobe)?.loadAtBoot ?? []).map((one) => ({ source: one.path, saw: one.module })),
    ].filter((one) => one.saw === 'vfio_virqfd')
    const evidence = [...said.slice(0, 1).map(logEvidence), ...(newer === true ? listed : [])]
    const cut = newer === false ? undefined : dracutLeftOut(facts, newer === true, scope)
    if (cut !== undefined) {
      const hit = { code: 'vfio-virqfd-cuts-list', subject: { kind: 'host' }, ...cut } as const
      return { kind: 'hits', hits: [hit] }
    }
    const [first, ...rest] = evidence
    // An older kernel that lacks it lacks more than a name.
    if (first !== undefined && newer !== false) {
      // TrueNAS writes the name itself, and would write it again.
      const own = valueOf(facts.os)?.flavour === 'truenas'
      const dracut = said.some((one) => one.id === 'virqfd-missing-dracut')
      const remedy = own
        ? { remedy: [{ do: 'nothing', why: 'TrueNAS writes the list itself.' }] as const }
        : dracut
          ? { remedy: [{ do: 'remove-initramfs-modules', modules: 'vfio_virqfd', tool: 'dracut' }] as const }
          : {}
      return {
        kind: 'hits',
        hits: [{ code: 'vfio-virqfd-gone', subject: { kind: 'host' }, evidence: [first, ...rest], ...remedy }],
      }
    }
    if (newer === false) return { kind: 'skip', because: 'this kernel has vfio_virqfd as a module' }
    if (facts.initramfs.state === 'unknown' && facts.modprobe.state === 'unknown')
      return { kind: 'skip', because: 'no list of modules is shown' }
    return {
      kind: 'pass',
      evidence: [{ source: `${facts.initramfs.source}, ${facts.modprobe.source}`, saw: 'no vfio_virqfd in the lists' }],
    }
  },
})
