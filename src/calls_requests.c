/* calls_requests.c: which requests of ioctl(2) ask for nothing. */
#include "calls_requests.h"

#include <linux/btrfs.h>
#include <linux/cdrom.h>
#include <linux/dm-ioctl.h>
#include <linux/fd.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <linux/loop.h>
#include <linux/msdos_fs.h>
#include <linux/nilfs2_api.h>
#include <linux/nvme_ioctl.h>
#include <scsi/scsi_ioctl.h>
#include <scsi/sg.h>
#include <sys/ioctl.h>
#include <sys/mtio.h>

/* What changes nothing; or only what a descriptor for writing is needed for, which was judged when
 * it was opened. A reader of a disk sends it no command that writes, without CAP_SYS_RAWIO:
 * scsi_cmd_allowed(), drivers/scsi/scsi_ioctl.c. Numbers without a name are of ext4, XFS and f2fs.
 */
#define QUERY(request)         CALL_REQUEST(request)
#define QUERY_OF(dir, type, n) CALL_REQUEST(_IOC(_IOC_##dir, type, n, 0))

const uint32_t calls_harmless_requests[] = {
        /* All file systems. */
        QUERY(FS_IOC_FIEMAP),
        QUERY(FS_IOC_FSGETXATTR),
        QUERY(FS_IOC_GETFLAGS),
        QUERY(FS_IOC_GETVERSION),
        QUERY(FS_IOC_GETFSLABEL),
        QUERY(FS_IOC_GET_ENCRYPTION_KEY_STATUS),
        QUERY(FS_IOC_GET_ENCRYPTION_NONCE),
        QUERY(FS_IOC_GET_ENCRYPTION_POLICY),
        QUERY(FS_IOC_GET_ENCRYPTION_POLICY_EX),
        QUERY(FS_IOC_MEASURE_VERITY),
        QUERY_OF(READ | _IOC_WRITE, 'f', 135), /* FS_IOC_READ_VERITY_METADATA */
        QUERY(FICLONE),
        QUERY(FICLONERANGE),
        QUERY(FIDEDUPERANGE), /* what is the same stays the same */

        /* ext4 */
        QUERY_OF(READ, 'f', 3),               /* GETVERSION */
        QUERY_OF(READ, 'f', 5),               /* GETRSVSZ */
        QUERY_OF(NONE, 'f', 12),              /* ALLOC_DA_BLKS */
        QUERY_OF(READ | _IOC_WRITE, 'f', 15), /* MOVE_EXT: both are written to */
        QUERY_OF(NONE, 'f', 18),              /* PRECACHE_EXTENTS */
        QUERY_OF(WRITE, 'f', 41),             /* GETSTATE */
        QUERY_OF(READ | _IOC_WRITE, 'f', 42), /* GET_ES_CACHE */
        QUERY_OF(READ, 'f', 44),              /* GETFSUUID */
        QUERY_OF(READ, 'f', 45),              /* GET_TUNE_SB_PARAM */

        /* XFS */
        QUERY_OF(READ, 'X', 30),               /* DIOINFO */
        QUERY_OF(WRITE, 'X', 36),              /* ALLOCSP, and so on, with and without 64 */
        QUERY_OF(WRITE, 'X', 37),              /* FREESP */
        QUERY_OF(WRITE, 'X', 40),              /* RESVSP */
        QUERY_OF(WRITE, 'X', 41),              /* UNRESVSP */
        QUERY_OF(WRITE, 'X', 42),              /* RESVSP64 */
        QUERY_OF(WRITE, 'X', 43),              /* UNRESVSP64 */
        QUERY_OF(WRITE, 'X', 57),              /* ZERO_RANGE */
        QUERY_OF(READ | _IOC_WRITE, 'X', 38),  /* GETBMAP */
        QUERY_OF(READ | _IOC_WRITE, 'X', 56),  /* GETBMAPX */
        QUERY_OF(READ, 'X', 45),               /* FSGETXATTRA */
        QUERY_OF(READ | _IOC_WRITE, 'X', 59),  /* FS_IOC_GETFSMAP */
        QUERY_OF(READ | _IOC_WRITE, 'X', 61),  /* AG_GEOMETRY */
        QUERY_OF(READ, 'X', 100),              /* FSGEOMETRY_V1 */
        QUERY_OF(READ | _IOC_WRITE, 'X', 101), /* FSBULKSTAT, and so on */
        QUERY_OF(READ | _IOC_WRITE, 'X', 102),
        QUERY_OF(READ | _IOC_WRITE, 'X', 103), /* FSINUMBERS */
        QUERY_OF(READ, 'X', 113),              /* FSCOUNTS */
        QUERY_OF(READ, 'X', 124),              /* FSGEOMETRY_V4 */
        QUERY_OF(READ, 'X', 126),              /* FSGEOMETRY */
        QUERY_OF(READ, 'X', 127),              /* BULKSTAT */
        QUERY_OF(READ, 'X', 128),              /* INUMBERS */

        /* btrfs */
        QUERY(BTRFS_IOC_BALANCE_PROGRESS),
        QUERY(BTRFS_IOC_DEV_INFO),
        QUERY(BTRFS_IOC_FS_INFO),
        QUERY(BTRFS_IOC_GET_FEATURES),
        QUERY(BTRFS_IOC_GET_SUBVOL_INFO),
        QUERY(BTRFS_IOC_GET_SUBVOL_ROOTREF),
        QUERY(BTRFS_IOC_INO_LOOKUP),
        QUERY(BTRFS_IOC_INO_LOOKUP_USER),
        QUERY(BTRFS_IOC_INO_PATHS),
        QUERY(BTRFS_IOC_LOGICAL_INO),
        QUERY(BTRFS_IOC_LOGICAL_INO_V2),
        QUERY(BTRFS_IOC_QUOTA_RESCAN_STATUS),
        QUERY(BTRFS_IOC_QUOTA_RESCAN_WAIT),
        QUERY(BTRFS_IOC_SCRUB_PROGRESS),
        QUERY(BTRFS_IOC_SPACE_INFO),
        QUERY(BTRFS_IOC_START_SYNC),
        QUERY(BTRFS_IOC_SUBVOL_GETFLAGS),
        QUERY(BTRFS_IOC_SYNC),
        QUERY(BTRFS_IOC_TREE_SEARCH),
        QUERY(BTRFS_IOC_WAIT_SYNC),
        QUERY_OF(READ, TYPE_BTRFS, 64), /* ENCODED_READ */

        /* FAT, f2fs, NILFS2, OCFS2 */
        QUERY(FAT_IOCTL_GET_ATTRIBUTES),
        QUERY(FAT_IOCTL_GET_VOLUME_ID),
        QUERY(VFAT_IOCTL_READDIR_BOTH),
        QUERY(VFAT_IOCTL_READDIR_SHORT),
        QUERY_OF(READ, TYPE_F2FS, 12), /* GET_FEATURES */
        QUERY_OF(READ, TYPE_F2FS, 14), /* GET_PIN_FILE */
        QUERY_OF(NONE, TYPE_F2FS, 15), /* PRECACHE_EXTENTS */
        QUERY_OF(READ, TYPE_F2FS, 17), /* GET_COMPRESS_BLOCKS */
        QUERY_OF(READ, TYPE_F2FS, 21), /* GET_COMPRESS_OPTION */
        QUERY(NILFS_IOCTL_GET_BDESCS),
        QUERY(NILFS_IOCTL_GET_CPINFO),
        QUERY(NILFS_IOCTL_GET_CPSTAT),
        QUERY(NILFS_IOCTL_GET_SUINFO),
        QUERY(NILFS_IOCTL_GET_SUSTAT),
        QUERY(NILFS_IOCTL_GET_VINFO),
        QUERY(NILFS_IOCTL_SYNC),
        QUERY_OF(READ, 'o', 5), /* OCFS2_IOC_INFO */

        /* Block devices. */
        QUERY(BLKALIGNOFF),
        QUERY(BLKBSZGET),
        QUERY(BLKDISCARDZEROES),
        QUERY(BLKFRAGET),
        QUERY(BLKGETSIZE),
        QUERY(BLKGETSIZE64),
        QUERY(BLKIOMIN),
        QUERY(BLKIOOPT),
        QUERY(BLKPBSZGET),
        QUERY(BLKRAGET),
        QUERY(BLKROGET),
        QUERY(BLKROTATIONAL),
        QUERY(BLKSECTGET),
        QUERY(BLKSSZGET),
        QUERY_OF(READ, TYPE_BLOCK, 128),              /* BLKGETDISKSEQ */
        QUERY_OF(READ | _IOC_WRITE, TYPE_BLOCK, 130), /* BLKREPORTZONE */
        QUERY_OF(READ, TYPE_BLOCK, 132),              /* BLKGETZONESZ */
        QUERY_OF(READ, TYPE_BLOCK, 133),              /* BLKGETNRZONES */
        QUERY(DM_DEV_STATUS),
        QUERY(DM_DEV_WAIT),
        QUERY(DM_LIST_DEVICES),
        QUERY(DM_LIST_VERSIONS),
        QUERY(DM_TABLE_DEPS),
        QUERY(DM_TABLE_STATUS),
        QUERY(DM_VERSION),
        QUERY(FDGETDRVPRM),
        QUERY(FDGETDRVSTAT),
        QUERY_OF(READ, TYPE_FLOPPY, 0x0f), /* FDGETDRVTYP */
        QUERY(FDGETFDCSTAT),
        QUERY(FDGETMAXERRS),
        QUERY(FDGETPRM),
        QUERY(FDPOLLDRVSTAT),
        QUERY(FDWERRORGET),
        QUERY(LOOP_GET_STATUS),
        QUERY(LOOP_GET_STATUS64),
        QUERY(MTIOCGET),
        QUERY(MTIOCPOS),
        QUERY(NVME_IOCTL_ID),
        QUERY_OF(READ, TYPE_MD, 0x10), /* RAID_VERSION */
        QUERY_OF(READ, TYPE_MD, 0x11), /* GET_ARRAY_INFO */
        QUERY_OF(READ, TYPE_MD, 0x12), /* GET_DISK_INFO */
        QUERY_OF(READ, TYPE_MD, 0x15), /* GET_BITMAP_FILE */

        /* SCSI and CD-ROMs. */
        QUERY(CDROM_CHANGER_NSLOTS),
        QUERY(CDROM_DISC_STATUS),
        QUERY(CDROM_DRIVE_STATUS),
        QUERY(CDROM_GET_CAPABILITY),
        QUERY(CDROM_GET_MCN),
        QUERY(CDROM_LAST_WRITTEN),
        QUERY(CDROM_MEDIA_CHANGED),
        QUERY(CDROM_NEXT_WRITABLE),
        QUERY(CDROM_SEND_PACKET),
        QUERY(CDROMMULTISESSION),
        QUERY(CDROMREADALL),
        QUERY(CDROMREADAUDIO),
        QUERY(CDROMREADCOOKED),
        QUERY(CDROMREADMODE1),
        QUERY(CDROMREADMODE2),
        QUERY(CDROMREADRAW),
        QUERY(CDROMREADTOCENTRY),
        QUERY(CDROMREADTOCHDR),
        QUERY(CDROMSUBCHNL),
        QUERY(CDROMVOLREAD),
        QUERY(DVD_AUTH),
        QUERY(DVD_READ_STRUCT),
        QUERY_OF(NONE, TYPE_SCSI, 0x82), /* SCSI_IOCTL_GET_IDLUN */
        QUERY_OF(NONE, TYPE_SCSI, 0x86), /* SCSI_IOCTL_GET_BUS_NUMBER */
        QUERY(SG_EMULATED_HOST),
        QUERY(SG_GET_COMMAND_Q),
        QUERY(SG_GET_KEEP_ORPHAN),
        QUERY(SG_GET_LOW_DMA),
        QUERY(SG_GET_NUM_WAITING),
        QUERY(SG_GET_PACK_ID),
        QUERY(SG_GET_REQUEST_TABLE),
        QUERY(SG_GET_RESERVED_SIZE),
        QUERY(SG_GET_SCSI_ID),
        QUERY(SG_GET_SG_TABLESIZE),
        QUERY(SG_GET_TIMEOUT),
        QUERY(SG_GET_VERSION_NUM),
        QUERY(SG_IO),
        0,
};
