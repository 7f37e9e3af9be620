/* calls_requests.h: requests of ioctl(2) on files, file systems and block devices. Layer 0. Source:
 * ioctl(2), the headers of each. */
#ifndef STOPGATE_CALLS_REQUESTS_H
#define STOPGATE_CALLS_REQUESTS_H

#include <stdint.h>

/* A request of ioctl(2) without the size of what is handed over, which differs between ABIs. */
#define CALL_REQUEST(request) ((uint32_t)(request)&0xc000ffffu)

/* The types of request that are made on files, file systems and block devices. */
enum {
        TYPE_FLOPPY = 2,
        TYPE_MD = 9,
        TYPE_BLOCK = 0x12,
        TYPE_SG = 0x22,
        TYPE_LOOP = 0x4c,
        TYPE_SCSI = 0x53, /* and CD-ROMs */
        TYPE_BTRFS = 0x94,
        TYPE_CEPH = 0x97,
        TYPE_BCACHEFS = 0xbc,
        TYPE_CIFS = 0xcf,
        TYPE_NBD = 0xab,
        TYPE_MMC = 0xb3,
        TYPE_F2FS = 0xf5,
        TYPE_DM = 0xfd
};

/* Those of these types that ask for nothing, as CALL_REQUEST() tells; 0 ends them. */
extern const uint32_t calls_harmless_requests[];

#endif
