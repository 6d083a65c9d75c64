/* mgm6.h: the Multicast Group Manager's C interface for IPv6 (C99, C11, C++).
 *
 * What mgm.h is for IPv4, function by function, callback by callback and structure by structure: a Mgm6 function has
 * the order of parameters, the codes and the callbacks of the Mgm function of its name; what stands there holds here.
 * Memberships, MFEs, interfaces' owners, alerts and limits are IPv6's own: a client may own an interface in one family
 * and not in the other, and a release in one costs it nothing in the other. Clients are shared: one that registers with
 * both, with the same ids, is one client with one handle, and deregisters from each by itself.
 *
 * What differs from mgm.h
 *   Addresses    struct in6_addr; a function is given one by pointer, and NULL stands for ::. A callback is given one
 *                that lives for the call.
 *   Masks        prefix lengths. A zero address is a wildcard and demands the length 0, a specific one the length 128.
 *                (*,G/len) has 9 to 128, with a group in ff00::/8 (mgm_ext.h: ranges of groups); (*,*) is ff00::/8 and
 *                is written with zeros. ff3x::/32 stands where 232/8 does (in mgmd: what [control] ssm says instead).
 *   Groups       of scope 0 to 2, whatever the flags, are ERROR_INVALID_PARAMETER: they are never forwarded.
 *   Source       one that cannot send: multicast, ::/96 but for the wildcard, ::ffff:0:0/96.
 *   Neighbours   next hops and upstream neighbours are link-local addresses of the interface they come with.
 *   MLD          stands where IGMP does: a client whose id has type multicast and protocol 10.
 */
#ifndef MGMD_CONTROL_MGM_MGM6_H_
#define MGMD_CONTROL_MGM_MGM6_H_

/* NOLINTBEGIN(readability-identifier-naming, modernize-*, bugprone-macro-parentheses): C, with Windows' names. */
#include <netinet/in.h>

#include "mgm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Structures. Nothing is padded, the pointers of MGM6_PROTOCOL_CONFIG excepted. */

/* One oif of a client in a CREATION alert. */
typedef struct _MGM6_IF_ENTRY {
  DWORD dwIfIndex;
  struct in6_addr IfNextHopAddr;
  BOOL bMLD;       /* MLD runs on the interface */
  BOOL bIsEnabled; /* in: TRUE; out: FALSE stops forwarding there */
} MGM6_IF_ENTRY, *PMGM6_IF_ENTRY;
MGM_STATIC_ASSERT(if_entry6, sizeof(MGM6_IF_ENTRY) == 28);

/* One group entry of an enumeration; zero is a wildcard. */
typedef struct _SOURCE_GROUP_ENTRY6 {
  struct in6_addr SourceAddr;
  DWORD dwSourceLength;
  struct in6_addr GroupAddr;
  DWORD dwGroupLength;
} SOURCE_GROUP_ENTRY6, *PSOURCE_GROUP_ENTRY6;
MGM_STATIC_ASSERT(source_group_entry6, sizeof(SOURCE_GROUP_ENTRY6) == 40);

typedef struct _MIB6_IPMCAST_OIF {
  DWORD dwOutIfIndex;
  struct in6_addr NextHopAddr;
  DWORD dwReserved;
  DWORD dwReserved1;
} MIB6_IPMCAST_OIF, *PMIB6_IPMCAST_OIF;
MGM_STATIC_ASSERT(mib6_oif, sizeof(MIB6_IPMCAST_OIF) == 28);

/* An MFE. Its size is SIZEOF_MIB6_MFE(ulNumOutIf). Times are seconds. */
typedef struct _MIB6_IPMCAST_MFE {
  struct in6_addr Group;
  struct in6_addr Source;
  DWORD dwSrcLength;
  struct in6_addr UpStrmNgbr;
  DWORD dwInIfIndex;
  DWORD dwInIfProtocol; /* owner of the iif; 0: none, or no route */
  DWORD dwRouteProtocol;
  struct in6_addr RouteNetwork;
  DWORD dwRouteLength;
  ULONG ulUpTime;
  ULONG ulExpiryTime;
  ULONG ulTimeOut;
  ULONG ulNumOutIf;
  DWORD fFlags;
  DWORD dwReserved;
  MIB6_IPMCAST_OIF rgmioOutInfo[1];
} MIB6_IPMCAST_MFE, *PMIB6_IPMCAST_MFE;
#define SIZEOF_BASIC_MIB6_MFE ((ULONG)offsetof(MIB6_IPMCAST_MFE, rgmioOutInfo))
#define SIZEOF_MIB6_MFE(oifs) (SIZEOF_BASIC_MIB6_MFE + (ULONG)(oifs) * (ULONG)sizeof(MIB6_IPMCAST_OIF))
MGM_STATIC_ASSERT(mib6_mfe, offsetof(MIB6_IPMCAST_MFE, rgmioOutInfo) == 108);

typedef struct _MIB6_IPMCAST_OIF_STATS {
  DWORD dwOutIfIndex;
  struct in6_addr NextHopAddr;
  DWORD dwDialContext; /* 0 */
  ULONG ulTtlTooLow;
  ULONG ulFragNeeded; /* larger than the oif's MTU: IPv6 is never fragmented on its way */
  ULONG ulOutPackets;
  ULONG ulOutDiscards;
} MIB6_IPMCAST_OIF_STATS, *PMIB6_IPMCAST_OIF_STATS;
MGM_STATIC_ASSERT(mib6_oif_stats, sizeof(MIB6_IPMCAST_OIF_STATS) == 40);

/* An MFE with counters. Its size is SIZEOF_MIB6_MFE_STATS(ulNumOutIf). Times are hundredths of a second. */
typedef struct _MIB6_IPMCAST_MFE_STATS {
  struct in6_addr Group;
  struct in6_addr Source;
  DWORD dwSrcLength;
  struct in6_addr UpStrmNgbr;
  DWORD dwInIfIndex;
  DWORD dwInIfProtocol;
  DWORD dwRouteProtocol;
  struct in6_addr RouteNetwork;
  DWORD dwRouteLength;
  ULONG ulUpTime;
  ULONG ulExpiryTime;
  ULONG ulNumOutIf;
  ULONG ulInPkts;
  ULONG ulInOctets;
  ULONG ulPktsDifferentIf;
  ULONG ulQueueOverflow;
  MIB6_IPMCAST_OIF_STATS rgmiosOutStats[1];
} MIB6_IPMCAST_MFE_STATS, *PMIB6_IPMCAST_MFE_STATS;
#define SIZEOF_BASIC_MIB6_MFE_STATS ((ULONG)offsetof(MIB6_IPMCAST_MFE_STATS, rgmiosOutStats))
#define SIZEOF_MIB6_MFE_STATS(oifs) \
  (SIZEOF_BASIC_MIB6_MFE_STATS + (ULONG)(oifs) * (ULONG)sizeof(MIB6_IPMCAST_OIF_STATS))
MGM_STATIC_ASSERT(mib6_mfe_stats, offsetof(MIB6_IPMCAST_MFE_STATS, rgmiosOutStats) == 112);

/* The same with more counters, those of MIB_IPMCAST_MFE_STATS_EX. Its size is SIZEOF_MIB6_MFE_STATS_EX(ulNumOutIf). */
typedef struct _MIB6_IPMCAST_MFE_STATS_EX {
  struct in6_addr Group;
  struct in6_addr Source;
  DWORD dwSrcLength;
  struct in6_addr UpStrmNgbr;
  DWORD dwInIfIndex;
  DWORD dwInIfProtocol;
  DWORD dwRouteProtocol;
  struct in6_addr RouteNetwork;
  DWORD dwRouteLength;
  ULONG ulUpTime;
  ULONG ulExpiryTime;
  ULONG ulNumOutIf;
  ULONG ulInPkts;
  ULONG ulInOctets;
  ULONG ulPktsDifferentIf;
  ULONG ulQueueOverflow;
  ULONG ulUninitMfe;
  ULONG ulNegativeMfe;
  ULONG ulInDiscards;
  ULONG ulInHdrErrors; /* hop limit expired */
  ULONG ulTotalOutPackets;
  MIB6_IPMCAST_OIF_STATS rgmiosOutStats[1];
} MIB6_IPMCAST_MFE_STATS_EX, *PMIB6_IPMCAST_MFE_STATS_EX;
#define SIZEOF_BASIC_MIB6_MFE_STATS_EX ((ULONG)offsetof(MIB6_IPMCAST_MFE_STATS_EX, rgmiosOutStats))
#define SIZEOF_MIB6_MFE_STATS_EX(oifs) \
  (SIZEOF_BASIC_MIB6_MFE_STATS_EX + (ULONG)(oifs) * (ULONG)sizeof(MIB6_IPMCAST_OIF_STATS))
MGM_STATIC_ASSERT(mib6_mfe_stats_ex, offsetof(MIB6_IPMCAST_MFE_STATS_EX, rgmiosOutStats) == 132);

/* --- Callbacks: those of mgm.h, which says when each comes and what it may change. pbRoute of RPF points to an
 * MGM6_EXT_ROUTE (mgm6_ext.h). */

typedef DWORD (*PMGM6_RPF_CALLBACK)(const struct in6_addr* pSourceAddr, DWORD dwSourceLength,
                                    const struct in6_addr* pGroupAddr, DWORD dwGroupLength, PDWORD pdwInIfIndex,
                                    struct in6_addr* pInIfNextHopAddr, struct in6_addr* pUpStreamNbr, DWORD dwHdrSize,
                                    PBYTE pbPacketHdr, PBYTE pbRoute);
typedef DWORD (*PMGM6_CREATION_ALERT_CALLBACK)(const struct in6_addr* pSourceAddr, DWORD dwSourceLength,
                                               const struct in6_addr* pGroupAddr, DWORD dwGroupLength,
                                               DWORD dwInIfIndex, const struct in6_addr* pInIfNextHopAddr,
                                               DWORD dwIfCount, PMGM6_IF_ENTRY pmieOutIfList);
typedef DWORD (*PMGM6_PRUNE_ALERT_CALLBACK)(const struct in6_addr* pSourceAddr, DWORD dwSourceLength,
                                            const struct in6_addr* pGroupAddr, DWORD dwGroupLength, DWORD dwIfIndex,
                                            const struct in6_addr* pIfNextHopAddr, BOOL bMemberDelete,
                                            PDWORD pdwTimeout);
typedef DWORD (*PMGM6_JOIN_ALERT_CALLBACK)(const struct in6_addr* pSourceAddr, DWORD dwSourceLength,
                                           const struct in6_addr* pGroupAddr, DWORD dwGroupLength, BOOL bMemberUpdate);
typedef DWORD (*PMGM6_WRONG_IF_CALLBACK)(const struct in6_addr* pSourceAddr, const struct in6_addr* pGroupAddr,
                                         DWORD dwIfIndex, const struct in6_addr* pIfNextHopAddr, DWORD dwHdrSize,
                                         PBYTE pbPacketHdr);
/* MLD added, or deleted, an entry on an interface that the callee owns. */
typedef DWORD (*PMGM6_LOCAL_JOIN_CALLBACK)(const struct in6_addr* pSourceAddr, DWORD dwSourceLength,
                                           const struct in6_addr* pGroupAddr, DWORD dwGroupLength, DWORD dwIfIndex,
                                           const struct in6_addr* pIfNextHopAddr);
typedef DWORD (*PMGM6_LOCAL_LEAVE_CALLBACK)(const struct in6_addr* pSourceAddr, DWORD dwSourceLength,
                                            const struct in6_addr* pGroupAddr, DWORD dwGroupLength, DWORD dwIfIndex,
                                            const struct in6_addr* pIfNextHopAddr);
/* To MLD only. */
typedef DWORD (*PMGM6_DISABLE_MLD_CALLBACK)(DWORD dwIfIndex, const struct in6_addr* pIfNextHopAddr);
typedef DWORD (*PMGM6_ENABLE_MLD_CALLBACK)(DWORD dwIfIndex, const struct in6_addr* pIfNextHopAddr);

/* A NULL pointer: the client is not interested. */
typedef struct _MGM6_PROTOCOL_CONFIG {
  DWORD dwCallbackFlags; /* reserved, 0 */
  PMGM6_RPF_CALLBACK pfnRpfCallback;
  PMGM6_CREATION_ALERT_CALLBACK pfnCreationAlertCallback;
  PMGM6_PRUNE_ALERT_CALLBACK pfnPruneAlertCallback;
  PMGM6_JOIN_ALERT_CALLBACK pfnJoinAlertCallback;
  PMGM6_WRONG_IF_CALLBACK pfnWrongIfCallback;
  PMGM6_LOCAL_JOIN_CALLBACK pfnLocalJoinCallback;
  PMGM6_LOCAL_LEAVE_CALLBACK pfnLocalLeaveCallback;
  PMGM6_DISABLE_MLD_CALLBACK pfnDisableMldCallback;
  PMGM6_ENABLE_MLD_CALLBACK pfnEnableMldCallback;
} MGM6_PROTOCOL_CONFIG, *PMGM6_PROTOCOL_CONFIG;
MGM_STATIC_ASSERT(config6_size, sizeof(MGM6_PROTOCOL_CONFIG) == 10 * sizeof(void*));

/* --- Clients. ERROR_CAN_NOT_COMPLETE also where the manager that runs has no IPv6. */

MGM_API DWORD Mgm6RegisterMProtocol(PMGM6_PROTOCOL_CONFIG prpiInfo, DWORD dwProtocolId, DWORD dwComponentId,
                                    HANDLE* phProtocol);
/* From IPv6; the handle is dead when the client is in neither family. */
MGM_API DWORD Mgm6DeRegisterMProtocol(HANDLE hProtocol);

/* --- Interfaces. */

MGM_API DWORD Mgm6TakeInterfaceOwnership(HANDLE hProtocol, DWORD dwIfIndex, const struct in6_addr* pIfNextHopAddr);
MGM_API DWORD Mgm6ReleaseInterfaceOwnership(HANDLE hProtocol, DWORD dwIfIndex, const struct in6_addr* pIfNextHopAddr);
MGM_API DWORD Mgm6GetProtocolOnInterface(DWORD dwIfIndex, const struct in6_addr* pIfNextHopAddr, PDWORD pdwIfProtocolId,
                                         PDWORD pdwIfComponentId);

/* --- Memberships. dwFlags: those of mgm.h, and MGM_EXT_PROACTIVE_FLAG of mgm_ext.h. */

MGM_API DWORD Mgm6AddGroupMembershipEntry(HANDLE hProtocol, const struct in6_addr* pSourceAddr, DWORD dwSourceLength,
                                          const struct in6_addr* pGroupAddr, DWORD dwGroupLength, DWORD dwIfIndex,
                                          const struct in6_addr* pIfNextHopAddr, DWORD dwFlags);
MGM_API DWORD Mgm6DeleteGroupMembershipEntry(HANDLE hProtocol, const struct in6_addr* pSourceAddr, DWORD dwSourceLength,
                                             const struct in6_addr* pGroupAddr, DWORD dwGroupLength, DWORD dwIfIndex,
                                             const struct in6_addr* pIfNextHopAddr, DWORD dwFlags);

/* --- MFEs: for anybody, no handle needed. dwSrcLength of a range is its group's length, and 0 of (*,G). */

MGM_API DWORD Mgm6GetMfe(PMIB6_IPMCAST_MFE pimm, PDWORD pdwBufferSize, PBYTE pbBuffer);
MGM_API DWORD Mgm6GetFirstMfe(PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries);
MGM_API DWORD Mgm6GetNextMfe(PMIB6_IPMCAST_MFE pimmStart, PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries);

/* dwFlags: MGM_MFE_STATS_0 (MIB6_IPMCAST_MFE_STATS) or MGM_MFE_STATS_1 (MIB6_IPMCAST_MFE_STATS_EX). */
MGM_API DWORD Mgm6GetMfeStats(PMIB6_IPMCAST_MFE pimm, PDWORD pdwBufferSize, PBYTE pbBuffer, DWORD dwFlags);
MGM_API DWORD Mgm6GetFirstMfeStats(PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries, DWORD dwFlags);
MGM_API DWORD Mgm6GetNextMfeStats(PMIB6_IPMCAST_MFE pimmStart, PDWORD pdwBufferSize, PBYTE pbBuffer,
                                  PDWORD pdwNumEntries, DWORD dwFlags);
MGM_API DWORD Mgm6SetMfe(HANDLE hProtocol, PMIB6_IPMCAST_MFE pmimm);

/* --- Groups that anybody on this router joined: SOURCE_GROUP_ENTRY6 records. */

MGM_API DWORD Mgm6GroupEnumerationStart(HANDLE hProtocol, MGM_ENUM_TYPES metEnumType, HANDLE* phEnumHandle);
MGM_API DWORD Mgm6GroupEnumerationGetNext(HANDLE hEnum, PDWORD pdwBufferSize, PBYTE pbBuffer, PDWORD pdwNumEntries);
MGM_API DWORD Mgm6GroupEnumerationEnd(HANDLE hEnum);

#ifdef __cplusplus
} /* extern "C" */
#endif

/* NOLINTEND(readability-identifier-naming, modernize-*, bugprone-macro-parentheses) */
#endif /* MGMD_CONTROL_MGM_MGM6_H_ */
