/* mgm.h: the Multicast Group Manager's C interface for IPv4 (C99, C11, C++); mgm6.h mirrors it for IPv6.
 *
 * What it is for. Several multicast routing protocols and IGMP share one multicast forwarding cache without knowing
 * each other. Each registers as a client, takes the interfaces it runs on, says where receivers are (memberships),
 * and is told by callbacks what the others' receivers need. The names and codes are those of the Windows Multicast
 * Group Manager, so that protocol code written against it compiles; docs/mgm.md has the sequences and the differences.
 *
 * Conventions
 *   Byte order   every address and mask is in network byte order; indices, counts and flags are plain numbers.
 *   Interface    the pair (dwIfIndex, dwIfNextHopAddr); the next hop is 0 except on a link of a multi-access network
 *                that is taken apart by neighbour.
 *   Entry        (source, source mask, group, group mask). A zero address is a wildcard and demands a zero mask; a
 *                specific address has the mask 255.255.255.255. (S,*) does not exist. Ranges of groups: mgm_ext.h.
 *   Source       one that cannot send (multicast, 0/8 but for the wildcard, 127/8, class E, broadcast) is
 *                ERROR_INVALID_PARAMETER in every call that is given one, those that read MFEs included.
 *   Threads      any thread may call. A call is executed on the manager's control thread and the caller waits for it.
 *                Callbacks run on the control thread, inside the call that caused them, and no lock is held.
 *                Hold no lock in a call that one of your callbacks takes, and never wait in a callback for another
 *                thread's Mgm call: that thread waits for your callback.
 *   Nested       from JOIN, PRUNE, WRONG_IF, LOCAL_JOIN and LOCAL_LEAVE callbacks every call but the own deregistration
 *                is allowed; alerts that it causes are delivered after those that are under way. From RPF, CREATION,
 *                DISABLE_IGMP and ENABLE_IGMP callbacks only calls that change nothing. A call that is not allowed
 *                returns ERROR_CAN_NOT_COMPLETE.
 *   Failure      a call that fails has changed nothing and written no output, but the sizes said below.
 */
#ifndef MGMD_CONTROL_MGM_MGM_H_
#define MGMD_CONTROL_MGM_MGM_H_

/* NOLINTBEGIN(readability-identifier-naming, modernize-*, bugprone-macro-parentheses): C, with Windows' names. */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MGM_API __attribute__((visibility("default")))
#else
#define MGM_API
#endif

/* Types: every number is 32 bits wide on every platform. */
typedef uint32_t DWORD, *PDWORD;
typedef uint32_t ULONG, *PULONG;
typedef int32_t BOOL, *PBOOL;
typedef uint8_t BYTE, *PBYTE;
typedef void* PVOID;
/* Names a client or an enumeration; never a pointer to anything, and never used twice. */
typedef void *HANDLE, **PHANDLE;

#ifndef TRUE
#define TRUE 1
#define FALSE 0
#endif

/* Return codes. */
#ifndef NO_ERROR
#define NO_ERROR 0u
#define ERROR_NOT_ENOUGH_MEMORY 8u
#define ERROR_INVALID_PARAMETER 87u
#define ERROR_INSUFFICIENT_BUFFER 122u
#define ERROR_ALREADY_EXISTS 183u
#define ERROR_MORE_DATA 234u
#define ERROR_NO_MORE_ITEMS 259u
#define ERROR_CAN_NOT_COMPLETE 1003u
#define ERROR_NOT_FOUND 1168u
#endif

/* Protocol ids: 2 bits of type, 14 of vendor, 16 of protocol. */
#define PROTOCOL_ID(type, vendor, protocol) \
  ((DWORD)(((DWORD)(type)&0x3u) << 30 | ((DWORD)(vendor)&0x3FFFu) << 16 | ((DWORD)(protocol)&0xFFFFu)))
#define PROTO_TYPE_UCAST 0u
#define PROTO_TYPE_MCAST 1u
#define PROTO_TYPE_MS0 2u
#define PROTO_TYPE_MS1 3u
#define PROTO_VENDOR_MS0 0x0000u
#define PROTO_VENDOR_MS1 0x0137u
#define PROTO_VENDOR_MS2 0x3FFFu
#define TYPE_FROM_PROTO_ID(id) ((DWORD)(id) >> 30)
#define VENDOR_FROM_PROTO_ID(id) ((DWORD)(id) >> 16 & 0x3FFFu)
#define PROTO_FROM_PROTO_ID(id) ((DWORD)(id)&0xFFFFu)
#define PROTO_IP_IGMP 10u
#define PROTO_IP_MGM 10009u
/* A client whose id has type multicast and protocol 10, of any vendor, is IGMP: it shares interfaces with protocols. */
#define MS_IP_IGMP PROTOCOL_ID(PROTO_TYPE_MCAST, PROTO_VENDOR_MS1, PROTO_IP_IGMP)
#define MS_IP_MGM PROTOCOL_ID(PROTO_TYPE_MS0, PROTO_VENDOR_MS1, PROTO_IP_MGM)

/* --- Structures. All fields are 32 bits wide and nothing is padded, the pointers of the first one excepted. */

#if defined(__cplusplus)
#define MGM_STATIC_ASSERT(name, condition) static_assert(condition, #name)
#else
#define MGM_STATIC_ASSERT(name, condition) typedef char mgm_assert_##name[(condition) ? 1 : -1]
#endif

/* One oif of a client in a CREATION alert. */
typedef struct _MGM_IF_ENTRY {
  DWORD dwIfIndex;
  DWORD dwIfNextHopAddr;
  BOOL bIGMP;      /* IGMP runs on the interface */
  BOOL bIsEnabled; /* in: TRUE; out: FALSE stops forwarding there */
} MGM_IF_ENTRY, *PMGM_IF_ENTRY;
MGM_STATIC_ASSERT(if_entry, sizeof(MGM_IF_ENTRY) == 16);

/* One group entry of an enumeration; zero is a wildcard. */
typedef struct _SOURCE_GROUP_ENTRY {
  DWORD dwSourceAddr;
  DWORD dwSourceMask;
  DWORD dwGroupAddr;
  DWORD dwGroupMask;
} SOURCE_GROUP_ENTRY, *PSOURCE_GROUP_ENTRY;
MGM_STATIC_ASSERT(source_group_entry, sizeof(SOURCE_GROUP_ENTRY) == 16);

typedef enum _MGM_ENUM_TYPES
#if defined(__cplusplus)
    : uint32_t /* so that any value that C can pass is a wrong one, not an undefined one */
#endif
{ ANY_SOURCE = 0,                        /* one record for each group that anybody joined, its source zero */
  ALL_SOURCES,                           /* one record for each joined entry */
  MGM_ENUM_TYPES_IS_32_BITS = 0x7FFFFFFF /* no type */
} MGM_ENUM_TYPES,
      *PMGM_ENUM_TYPES;

typedef struct _MIB_IPMCAST_OIF {
  DWORD dwOutIfIndex;
  DWORD dwNextHopAddr;
  DWORD dwReserved;
  DWORD dwReserved1;
} MIB_IPMCAST_OIF, *PMIB_IPMCAST_OIF;
MGM_STATIC_ASSERT(mib_oif, sizeof(MIB_IPMCAST_OIF) == 16);

/* An MFE. Its size is SIZEOF_MIB_MFE(ulNumOutIf). Times are seconds. */
typedef struct _MIB_IPMCAST_MFE {
  DWORD dwGroup;
  DWORD dwSource;
  DWORD dwSrcMask;
  DWORD dwUpStrmNgbr;
  DWORD dwInIfIndex;
  DWORD dwInIfProtocol; /* owner of the iif; 0: none, or no route */
  DWORD dwRouteProtocol;
  DWORD dwRouteNetwork;
  DWORD dwRouteMask;
  ULONG ulUpTime;
  ULONG ulExpiryTime;
  ULONG ulTimeOut;
  ULONG ulNumOutIf;
  DWORD fFlags;
  DWORD dwReserved;
  MIB_IPMCAST_OIF rgmioOutInfo[1];
} MIB_IPMCAST_MFE, *PMIB_IPMCAST_MFE;
#define SIZEOF_BASIC_MIB_MFE ((ULONG)offsetof(MIB_IPMCAST_MFE, rgmioOutInfo))
#define SIZEOF_MIB_MFE(oifs) (SIZEOF_BASIC_MIB_MFE + (ULONG)(oifs) * (ULONG)sizeof(MIB_IPMCAST_OIF))
MGM_STATIC_ASSERT(mib_mfe, offsetof(MIB_IPMCAST_MFE, rgmioOutInfo) == 60);

typedef struct _MIB_IPMCAST_OIF_STATS {
  DWORD dwOutIfIndex;
  DWORD dwNextHopAddr;
  DWORD dwDialContext; /* 0 */
  ULONG ulTtlTooLow;
  ULONG ulFragNeeded;
  ULONG ulOutPackets;
  ULONG ulOutDiscards;
} MIB_IPMCAST_OIF_STATS, *PMIB_IPMCAST_OIF_STATS;
MGM_STATIC_ASSERT(mib_oif_stats, sizeof(MIB_IPMCAST_OIF_STATS) == 28);

/* An MFE with counters. Its size is SIZEOF_MIB_MFE_STATS(ulNumOutIf). Times are hundredths of a second. */
typedef struct _MIB_IPMCAST_MFE_STATS {
  DWORD dwGroup;
  DWORD dwSource;
  DWORD dwSrcMask;
  DWORD dwUpStrmNgbr;
  DWORD dwInIfIndex;
  DWORD dwInIfProtocol;
  DWORD dwRouteProtocol;
  DWORD dwRouteNetwork;
  DWORD dwRouteMask;
  ULONG ulUpTime;
  ULONG ulExpiryTime;
  ULONG ulNumOutIf;
  ULONG ulInPkts;          /* forwarded packets */
  ULONG ulInOctets;        /* and their octets */
  ULONG ulPktsDifferentIf; /* arrived elsewhere than on the iif */
  ULONG ulQueueOverflow;
  MIB_IPMCAST_OIF_STATS rgmiosOutStats[1];
} MIB_IPMCAST_MFE_STATS, *PMIB_IPMCAST_MFE_STATS;
#define SIZEOF_BASIC_MIB_MFE_STATS ((ULONG)offsetof(MIB_IPMCAST_MFE_STATS, rgmiosOutStats))
#define SIZEOF_MIB_MFE_STATS(oifs) (SIZEOF_BASIC_MIB_MFE_STATS + (ULONG)(oifs) * (ULONG)sizeof(MIB_IPMCAST_OIF_STATS))
MGM_STATIC_ASSERT(mib_mfe_stats, offsetof(MIB_IPMCAST_MFE_STATS, rgmiosOutStats) == 64);

/* The same with more counters. Its size is SIZEOF_MIB_MFE_STATS_EX(ulNumOutIf). */
typedef struct _MIB_IPMCAST_MFE_STATS_EX {
  DWORD dwGroup;
  DWORD dwSource;
  DWORD dwSrcMask;
  DWORD dwUpStrmNgbr;
  DWORD dwInIfIndex;
  DWORD dwInIfProtocol;
  DWORD dwRouteProtocol;
  DWORD dwRouteNetwork;
  DWORD dwRouteMask;
  ULONG ulUpTime;
  ULONG ulExpiryTime;
  ULONG ulNumOutIf;
  ULONG ulInPkts;
  ULONG ulInOctets;
  ULONG ulPktsDifferentIf;
  ULONG ulQueueOverflow;
  ULONG ulUninitMfe;   /* arrived before the stream was decided */
  ULONG ulNegativeMfe; /* dropped because nobody wants the stream */
  ULONG ulInDiscards;
  ULONG ulInHdrErrors; /* TTL expired */
  ULONG ulTotalOutPackets;
  MIB_IPMCAST_OIF_STATS rgmiosOutStats[1];
} MIB_IPMCAST_MFE_STATS_EX, *PMIB_IPMCAST_MFE_STATS_EX;
#define SIZEOF_BASIC_MIB_MFE_STATS_EX ((ULONG)offsetof(MIB_IPMCAST_MFE_STATS_EX, rgmiosOutStats))
#define SIZEOF_MIB_MFE_STATS_EX(oifs) \
  (SIZEOF_BASIC_MIB_MFE_STATS_EX + (ULONG)(oifs) * (ULONG)sizeof(MIB_IPMCAST_OIF_STATS))
MGM_STATIC_ASSERT(mib_mfe_stats_ex, offsetof(MIB_IPMCAST_MFE_STATS_EX, rgmiosOutStats) == 84);

/* --- Callbacks. What they return is ignored. Entries and interfaces as in the calls. */

/* A stream's MFE is being made. To the owner of the interface towards the source. In: what the routing table says;
 * out: another interface of the callee, another upstream neighbour. pbRoute points to an MGM_EXT_ROUTE (mgm_ext.h),
 * in and out; pbPacketHdr to the IP header with options and some of the payload (dwHdrSize 0: none is known). */
typedef DWORD (*PMGM_RPF_CALLBACK)(DWORD dwSourceAddr, DWORD dwSourceMask, DWORD dwGroupAddr, DWORD dwGroupMask,
                                   PDWORD pdwInIfIndex, PDWORD pdwInIfNextHopAddr, PDWORD pdwUpStreamNbr,
                                   DWORD dwHdrSize, PBYTE pbPacketHdr, PBYTE pbRoute);

/* A new MFE has oifs of the callee, listed in ascending order. It may clear bIsEnabled of each. */
typedef DWORD (*PMGM_CREATION_ALERT_CALLBACK)(DWORD dwSourceAddr, DWORD dwSourceMask, DWORD dwGroupAddr,
                                              DWORD dwGroupMask, DWORD dwInIfIndex, DWORD dwInIfNextHopAddr,
                                              DWORD dwIfCount, PMGM_IF_ENTRY pmieOutIfList);

/* No receivers are left on interfaces of others. bMemberDelete: TRUE a membership went, FALSE an MFE's OIL is empty;
 * then *pdwTimeout (in: 900) is the MFE's lifetime in seconds and may be changed. */
typedef DWORD (*PMGM_PRUNE_ALERT_CALLBACK)(DWORD dwSourceAddr, DWORD dwSourceMask, DWORD dwGroupAddr, DWORD dwGroupMask,
                                           DWORD dwIfIndex, DWORD dwIfNextHopAddr, BOOL bMemberDelete,
                                           PDWORD pdwTimeout);

/* Receivers exist now on interfaces of others. bMemberUpdate: TRUE a membership came, FALSE an MFE got its first
 * oif. */
typedef DWORD (*PMGM_JOIN_ALERT_CALLBACK)(DWORD dwSourceAddr, DWORD dwSourceMask, DWORD dwGroupAddr, DWORD dwGroupMask,
                                          BOOL bMemberUpdate);

/* A packet arrived on an interface of the callee, which is not the MFE's iif. At most one a second for each stream and
 * interface; never if the pointer is NULL. */
typedef DWORD (*PMGM_WRONG_IF_CALLBACK)(DWORD dwSourceAddr, DWORD dwGroupAddr, DWORD dwIfIndex, DWORD dwIfNextHopAddr,
                                        DWORD dwHdrSize, PBYTE pbPacketHdr);

/* IGMP added, or deleted, an entry on an interface that the callee owns. */
typedef DWORD (*PMGM_LOCAL_JOIN_CALLBACK)(DWORD dwSourceAddr, DWORD dwSourceMask, DWORD dwGroupAddr, DWORD dwGroupMask,
                                          DWORD dwIfIndex, DWORD dwIfNextHopAddr);
typedef DWORD (*PMGM_LOCAL_LEAVE_CALLBACK)(DWORD dwSourceAddr, DWORD dwSourceMask, DWORD dwGroupAddr, DWORD dwGroupMask,
                                           DWORD dwIfIndex, DWORD dwIfNextHopAddr);

/* To IGMP only. The interface's owner changes: IGMP stops adding and deleting entries there until ENABLE, and re-adds
 * all of them after ENABLE has returned, from another context. */
typedef DWORD (*PMGM_DISABLE_IGMP_CALLBACK)(DWORD dwIfIndex, DWORD dwIfNextHopAddr);
typedef DWORD (*PMGM_ENABLE_IGMP_CALLBACK)(DWORD dwIfIndex, DWORD dwIfNextHopAddr);

/* A NULL pointer: the client is not interested. */
typedef struct _ROUTING_PROTOCOL_CONFIG {
  DWORD dwCallbackFlags; /* reserved, 0 */
  PMGM_RPF_CALLBACK pfnRpfCallback;
  PMGM_CREATION_ALERT_CALLBACK pfnCreationAlertCallback;
  PMGM_PRUNE_ALERT_CALLBACK pfnPruneAlertCallback;
  PMGM_JOIN_ALERT_CALLBACK pfnJoinAlertCallback;
  PMGM_WRONG_IF_CALLBACK pfnWrongIfCallback;
  PMGM_LOCAL_JOIN_CALLBACK pfnLocalJoinCallback;
  PMGM_LOCAL_LEAVE_CALLBACK pfnLocalLeaveCallback;
  PMGM_DISABLE_IGMP_CALLBACK pfnDisableIgmpCallback;
  PMGM_ENABLE_IGMP_CALLBACK pfnEnableIgmpCallback;
} ROUTING_PROTOCOL_CONFIG, *PROUTING_PROTOCOL_CONFIG;
MGM_STATIC_ASSERT(config_first, offsetof(ROUTING_PROTOCOL_CONFIG, pfnRpfCallback) == sizeof(void*));
MGM_STATIC_ASSERT(config_size, sizeof(ROUTING_PROTOCOL_CONFIG) == 10 * sizeof(void*));

/* --- Clients. Every call can also return ERROR_CAN_NOT_COMPLETE: no manager runs, it is stopping, or the call is not
 * allowed in the callback it was made from; on a thread that is not the control thread also while mgmd stops a protocol
 * module (mgmd_protocol.h), unless it is made with the handle of another module's client; and ERROR_INVALID_PARAMETER
 * for a handle that is not good (any more). */

/* Registers the client (dwProtocolId, dwComponentId). *prpiInfo is copied. No callback.
 * ERROR_ALREADY_EXISTS: the pair is registered. ERROR_NOT_ENOUGH_MEMORY. */
MGM_API DWORD MgmRegisterMProtocol(PROUTING_PROTOCOL_CONFIG prpiInfo, DWORD dwProtocolId, DWORD dwComponentId,
                                   HANDLE* phProtocol);

/* Ends the registration in IPv4; no callback of mgm.h comes any more, and the handle is dead unless the client is
 * registered by mgm6.h, too. Waits for a callback of the client that runs. ERROR_CAN_NOT_COMPLETE: the client still
 * owns interfaces, or this is its own callback. */
MGM_API DWORD MgmDeRegisterMProtocol(HANDLE hProtocol);

/* --- Interfaces. */

/* Takes an interface. At most one protocol owns it; IGMP may be on it too. If IGMP is on it: DISABLE_IGMP, all
 * changes, ENABLE_IGMP, before the return. ERROR_ALREADY_EXISTS: owned, by another client or the same one.
 * ERROR_NOT_ENOUGH_MEMORY: 32,767 interfaces are in use; one that was released is not. */
MGM_API DWORD MgmTakeInterfaceOwnership(HANDLE hProtocol, DWORD dwIfIndex, DWORD dwIfNextHopAddr);

/* Gives an interface back: DISABLE_IGMP and ENABLE_IGMP around it as above; the client's memberships on it end, with
 * their alerts; MFEs with it as iif are deleted; it leaves every OIL. After the return no packet is forwarded by a
 * deleted entry, nor out of the interface. ERROR_INVALID_PARAMETER: not this client's interface. */
MGM_API DWORD MgmReleaseInterfaceOwnership(HANDLE hProtocol, DWORD dwIfIndex, DWORD dwIfNextHopAddr);

/* The ids of the protocol that owns the interface, or IGMP's if it is there alone. ERROR_NOT_FOUND: nobody's. */
MGM_API DWORD MgmGetProtocolOnInterface(DWORD dwIfIndex, DWORD dwIfNextHopAddr, PDWORD pdwIfProtocolId,
                                        PDWORD pdwIfComponentId);

/* --- Memberships. */

#define MGM_JOIN_STATE_FLAG 1u    /* the membership itself; matching MFEs follow */
#define MGM_FORWARD_STATE_FLAG 2u /* only the OILs of the matching MFEs that exist now */
#define MGM_FORWARD_STATE MGM_FORWARD_STATE_FLAG

/* There are receivers for the entry on the interface. Repeating an add changes nothing and succeeds. IGMP gets CREATION
 * for each MFE that the entry can give the interface to, before the first packet leaves by it: its own state is to be
 * new before it adds.
 * ERROR_INVALID_PARAMETER: flags, masks, a group that is not multicast, a source that cannot send, an interface that
 * the client does not own (IGMP: is not on), in mgmd groups that may not cross the interface's boundary.
 * ERROR_NOT_ENOUGH_MEMORY. */
MGM_API DWORD MgmAddGroupMembershipEntry(HANDLE hProtocol, DWORD dwSourceAddr, DWORD dwSourceMask, DWORD dwGroupAddr,
                                         DWORD dwGroupMask, DWORD dwIfIndex, DWORD dwIfNextHopIPAddr, DWORD dwFlags);

/* There are none any more. ERROR_INVALID_PARAMETER: as above, or the interface is another protocol's.
 * ERROR_NOT_FOUND: no such interface, or no such entry of this client on it. */
MGM_API DWORD MgmDeleteGroupMembershipEntry(HANDLE hProtocol, DWORD dwSourceAddr, DWORD dwSourceMask, DWORD dwGroupAddr,
                                            DWORD dwGroupMask, DWORD dwIfIndex, DWORD dwIfNextHopIPAddr, DWORD dwFlags);

/* --- MFEs: for anybody, no handle needed. */

/* The MFE of (pimm->dwGroup, pimm->dwSource). *pdwBufferSize: the buffer's bytes.
 * ERROR_INSUFFICIENT_BUFFER: *pdwBufferSize is what it takes. ERROR_NOT_FOUND. */
MGM_API DWORD MgmGetMfe(PMIB_IPMCAST_MFE pimm, PDWORD pdwBufferSize, PBYTE pbBuffer);

/* As many MFEs as fit, back to back, in ascending order of (group, source); Next begins after pimmStart's.
 * ERROR_MORE_DATA: there are more. ERROR_NO_MORE_ITEMS: these were the last; *pdwNumEntries of them are in the buffer.
 * ERROR_INSUFFICIENT_BUFFER: not even one fits; *pdwBufferSize is what that one takes, else it is not changed.
 * A large buffer is filled 256 MFEs at a time, and other calls, packets and timers have their turn between, unless the
 * caller is on the manager's control thread (in a callback, for one): each MFE is shown as it was at one moment, and
 * two may be of different ones. */
MGM_API DWORD MgmGetFirstMfe(PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries);
MGM_API DWORD MgmGetNextMfe(PMIB_IPMCAST_MFE pimmStart, PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries);

/* The same with counters; dwFlags is one of these, and says which structure. */
#define MGM_MFE_STATS_0 1u /* MIB_IPMCAST_MFE_STATS */
#define MGM_MFE_STATS_1 2u /* MIB_IPMCAST_MFE_STATS_EX */
MGM_API DWORD MgmGetMfeStats(PMIB_IPMCAST_MFE pimm, PDWORD pdwBufferSize, PBYTE pbBuffer, DWORD dwFlags);
MGM_API DWORD MgmGetFirstMfeStats(PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries, DWORD dwFlags);
MGM_API DWORD MgmGetNextMfeStats(PMIB_IPMCAST_MFE pimmStart, PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries,
                                 DWORD dwFlags);

/* Changes the upstream neighbour of an MFE (pmimm: dwGroup, dwSource, dwUpStrmNgbr), and its iif if dwInIfIndex is
 * neither 0 nor the present one. The caller owns both iifs, else ERROR_INVALID_PARAMETER. ERROR_NOT_FOUND. */
MGM_API DWORD MgmSetMfe(HANDLE hProtocol, PMIB_IPMCAST_MFE pmimm);

/* --- Groups that anybody on this router joined, as they are at the start. */

MGM_API DWORD MgmGroupEnumerationStart(HANDLE hProtocol, MGM_ENUM_TYPES metEnumType, HANDLE* phEnumHandle);

/* Packed SOURCE_GROUP_ENTRY records, in no order. Results as MgmGetFirstMfe, and 256 looks at a time as there; what is
 * joined or left after the start changes nothing of what is shown. */
MGM_API DWORD MgmGroupEnumerationGetNext(HANDLE hEnum, PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries);

/* Needed even after the end was reached. */
MGM_API DWORD MgmGroupEnumerationEnd(HANDLE hEnum);

#ifdef __cplusplus
} /* extern "C" */
#endif

/* NOLINTEND(readability-identifier-naming, modernize-*, bugprone-macro-parentheses) */
#endif /* MGMD_CONTROL_MGM_MGM_H_ */
