/*
 * What the kernel answers when a device is really taken: the calls that a VMM makes (the legacy group interface of
 * include/uapi/linux/vfio.h, as QEMU's hw/vfio/container.c makes them), one JSON line a device.
 *
 *   truth take MIB ADDRESS   open the group, set the IOMMU, map MIB of memory, get the device, read its header, map its
 *                            BARs, reset; MIB@IOVA puts the memory at that address of the guest
 *   truth hold MIB ADDRESS [BUS]   the same, and keep it, as a running guest does; QEMU's edu then reads memory at that
 *                            bus address (hexadecimal, below 28 bits)
 *   truth reach ADDRESS BUS  edu does so outside of VFIO
 *   truth drive MIB ADDRESS  take it, and do what the driver of a guest does that uses no message interrupts: bus master
 *                            on, and the legacy line asked for
 *   truth keep MIB ADDRESS   drive it, and keep it
 *   truth bind ADDRESS       driver_override, unbind, bind to vfio-pci: the error of the kernel, not the shell's word
 *   truth restore ADDRESS    back: unbind, no override, let the host drivers probe
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static char path[4096];

/* Of the device that was taken last: BAR 0, and where its configuration space is. */
static volatile __u32 *registers = MAP_FAILED;
static int config_fd = -1;
static __u64 config_at;

static char *at(const char *format, const char *name)
{
	snprintf(path, sizeof path, format, name);
	return path;
}

static int report(const char *address, const char *stage, int error)
{
	printf("{\"device\":\"%s\",\"works\":%s", address, stage ? "false" : "true");
	if (stage)
		printf(",\"stage\":\"%s\",\"error\":\"%s\"", stage, strerrorname_np(error));
	printf("}\n");
	return 0;
}

/* The command register, then the line as QEMU asks for it (hw/vfio/pci.c: vfio_intx_enable). */
static int drive(const char *address, int device, off_t config)
{
	struct {
		struct vfio_irq_set set;
		__s32 fd;
	} line = { .fd = eventfd(0, EFD_CLOEXEC) };
	unsigned char command;

	if (pread(device, &command, 1, config + PCI_COMMAND) != 1)
		return report(address, "read-config", errno);
	command |= PCI_COMMAND_MASTER;
	if (pwrite(device, &command, 1, config + PCI_COMMAND) != 1)
		return report(address, "write-config", errno);
	line.set.argsz = sizeof line;
	line.set.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	line.set.index = VFIO_PCI_INTX_IRQ_INDEX;
	line.set.count = 1;
	/* EBUSY where another has the line and vfio-pci wants it alone. */
	if (ioctl(device, VFIO_DEVICE_SET_IRQS, &line.set) < 0)
		return report(address, "interrupt-line", errno);
	return report(address, NULL, 0);
}

static int take(const char *address, const char *memory, bool driven)
{
	char link[4096];
	struct vfio_group_status status = { .argsz = sizeof status };
	struct vfio_device_info info = { .argsz = sizeof info };
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof map };

	ssize_t length = readlink(at("/sys/bus/pci/devices/%s/iommu_group", address), link, sizeof link - 1);
	if (length < 0)
		return report(address, "group", errno);
	link[length] = 0;

	int group = open(at("/dev/vfio/%s", basename(link)), O_RDWR);
	if (group < 0)
		return report(address, "open-group", errno);
	int container = open("/dev/vfio/vfio", O_RDWR);
	if (container < 0)
		return report(address, "open-container", errno);
	if (ioctl(group, VFIO_GROUP_GET_STATUS, &status) < 0)
		return report(address, "group-status", errno);
	/* A group that is not viable refuses here: EPERM. */
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0)
		return report(address, status.flags & VFIO_GROUP_FLAGS_VIABLE ? "set-container" : "not-viable", errno);
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
		return report(address, "set-iommu", errno);

	map.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
	char *where;
	map.size = strtoul(memory, &where, 10) << 20;
	map.iova = *where ? strtoull(where + 1, NULL, 0) : 0;
	map.vaddr = (__u64)(unsigned long)mmap(0, map.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map.vaddr == (__u64)-1)
		return report(address, "memory", errno);
	if (ioctl(container, VFIO_IOMMU_MAP_DMA, &map) < 0)
		return report(address, "map-memory", errno);

	int device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address);
	if (device < 0)
		return report(address, "get-device", errno);
	if (ioctl(device, VFIO_DEVICE_GET_INFO, &info) < 0)
		return report(address, "device-info", errno);
	/* QEMU gives up on a header of all ones (hw/vfio/pci.c: Unknown PCI header type '127'). */
	struct vfio_region_info config = { .argsz = sizeof config, .index = VFIO_PCI_CONFIG_REGION_INDEX };
	unsigned char header;
	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config) < 0 || pread(device, &header, 1, config.offset + 0x0e) != 1)
		return report(address, "read-config", errno);
	if (header == 0xff)
		return report(address, "read-config", ENODEV);
	for (unsigned bar = VFIO_PCI_BAR0_REGION_INDEX; bar <= VFIO_PCI_BAR5_REGION_INDEX; bar++) {
		struct vfio_region_info region = { .argsz = sizeof region, .index = bar };
		if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &region) < 0)
			return report(address, "region-info", errno);
		/* EBUSY where a framebuffer of the host holds it. */
		if (!(region.flags & VFIO_REGION_INFO_FLAG_MMAP) || !region.size)
			continue;
		void *bytes = mmap(0, region.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, region.offset);
		if (bytes == MAP_FAILED)
			return report(address, "map-bar", errno);
		if (bar == VFIO_PCI_BAR0_REGION_INDEX)
			registers = bytes;
	}
	config_fd = device;
	config_at = config.offset;
	/* No reset is no obstacle: QEMU goes on without. */
	if (info.flags & VFIO_DEVICE_FLAGS_RESET && ioctl(device, VFIO_DEVICE_RESET) < 0)
		return report(address, "reset", errno);
	return driven ? drive(address, device, config.offset) : report(address, NULL, 0);
}

/* One transfer of 4 bytes from memory into QEMU's edu (docs/specs/edu.rst: DMA engine). */
static int reach(__u32 bus)
{
	/* Memory space and bus master. */
	static const unsigned char command[2] = { 0x06, 0x00 };

	if (registers == MAP_FAILED || pwrite(config_fd, command, sizeof command, config_at + 4) != sizeof command)
		return 1;
	registers[0x80 / 4] = bus;
	registers[0x88 / 4] = 0x40000;
	registers[0x90 / 4] = 4;
	registers[0x98 / 4] = 1;
	sleep(1);
	return 0;
}

static int reach_from_host(const char *address, __u32 bus)
{
	int bar = open(at("/sys/bus/pci/devices/%s/resource0", address), O_RDWR);
	config_fd = open(at("/sys/bus/pci/devices/%s/config", address), O_RDWR);
	registers = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, bar, 0);
	return reach(bus);
}

/* 0, or the errno of the write. */
static int put(const char *file, const char *value)
{
	int fd = open(file, O_WRONLY);
	if (fd < 0)
		return errno;
	int error = write(fd, value, strlen(value)) < 0 ? errno : 0;
	close(fd);
	return error;
}

static int bind(const char *address)
{
	int error = put(at("/sys/bus/pci/devices/%s/driver_override", address), "vfio-pci");
	if (error)
		return report(address, "override", error);
	put(at("/sys/bus/pci/devices/%s/driver/unbind", address), address);
	error = put("/sys/bus/pci/drivers/vfio-pci/bind", address);
	return report(address, error ? "bind" : NULL, error);
}

static int restore(const char *address)
{
	put(at("/sys/bus/pci/devices/%s/driver/unbind", address), address);
	put(at("/sys/bus/pci/devices/%s/driver_override", address), "\n");
	put("/sys/bus/pci/drivers_probe", address);
	return report(address, NULL, 0);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "take"))
		return take(argv[3], argv[2], false);
	if (argc == 4 && !strcmp(argv[1], "drive"))
		return take(argv[3], argv[2], true);
	bool hold = (argc == 4 || argc == 5) && !strcmp(argv[1], "hold");
	bool keep = argc == 4 && !strcmp(argv[1], "keep");
	if (hold || keep) {
		take(argv[3], argv[2], keep);
		if (argc == 5)
			reach(strtoul(argv[4], NULL, 16));
		fflush(stdout);
		pause();
	}
	if (argc == 4 && !strcmp(argv[1], "reach"))
		return reach_from_host(argv[2], strtoul(argv[3], NULL, 16));
	if (argc == 3 && !strcmp(argv[1], "bind"))
		return bind(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "restore"))
		return restore(argv[2]);
	fprintf(stderr, "usage: truth take|drive|keep MIB ADDRESS | hold MIB ADDRESS [BUS] | reach ADDRESS BUS | bind ADDRESS | restore ADDRESS\n");
	return 2;
}
