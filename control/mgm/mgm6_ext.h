/* mgm6_ext.h: what the Group Manager has beyond mgm6.h (C99, C11, C++): for IPv6 what mgm_ext.h has for IPv4, structure
 * by structure and function by function, with the conventions of mgm6.h. What mgm_ext.h has of both families (polling,
 * stopping, names of clients, MGM_EXT_PROACTIVE_FLAG, the numbers and steps of releases) is not here again.
 */
#ifndef MGMD_CONTROL_MGM_MGM6_EXT_H_
#define MGMD_CONTROL_MGM_MGM6_EXT_H_

/* NOLINTBEGIN(readability-identifier-naming, modernize-*, bugprone-macro-parentheses): C, with Windows' names. */
#include "mgm6.h"
#include "mgm_ext.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- For clients. */

/* One change of many; dwFlags and the rest as in the call that does it alone. */
typedef struct _MGM6_EXT_MEMBERSHIP_CHANGE {
  DWORD dwChange; /* MGM_EXT_MEMBERSHIP_* */
  DWORD dwFlags;
  struct in6_addr SourceAddr;
  DWORD dwSourceLength;
  struct in6_addr GroupAddr;
  DWORD dwGroupLength;
  DWORD dwIfIndex;
  struct in6_addr IfNextHopAddr;
} MGM6_EXT_MEMBERSHIP_CHANGE, *PMGM6_EXT_MEMBERSHIP_CHANGE;
MGM_STATIC_ASSERT(ext_membership_change6, sizeof(MGM6_EXT_MEMBERSHIP_CHANGE) == 68);

MGM_API DWORD Mgm6ExtChangeMemberships(HANDLE hProtocol, const MGM6_EXT_MEMBERSHIP_CHANGE* pChanges, DWORD dwCount,
                                       PDWORD pdwResults);

/* What pbRoute of the RPF callback points to; a changed network, length or protocol is what the MFE reports. */
typedef struct _MGM6_EXT_ROUTE {
  struct in6_addr Network;
  DWORD dwLength;
  DWORD dwProtocol; /* who made the route (PROTO_IP_*) */
  DWORD dwIfIndex;
  struct in6_addr IfNextHopAddr;
  struct in6_addr UpStrmNgbr; /* ::: directly connected */
} MGM6_EXT_ROUTE, *PMGM6_EXT_ROUTE;
MGM_STATIC_ASSERT(ext_route6, sizeof(MGM6_EXT_ROUTE) == 60);

typedef struct _MGM6_EXT_RELEASE_TRACE {
  DWORD dwProtocolId;
  DWORD dwComponentId;
  DWORD dwIfIndex;
  struct in6_addr IfNextHopAddr;
  BOOL bTake;
  BOOL bSettled;
  BOOL bReclaimed;
  DWORD dwSteps;
  MGM_EXT_RELEASE_STEP Steps[MGM_EXT_MAX_STEPS];
} MGM6_EXT_RELEASE_TRACE, *PMGM6_EXT_RELEASE_TRACE;

/* By the same numbers. ERROR_INVALID_PARAMETER also where the release was IPv4's. */
MGM_API DWORD Mgm6ExtGetReleaseTrace(DWORD dwNumber, PMGM6_EXT_RELEASE_TRACE pTrace);

typedef struct _MGM6_EXT_REFUSED {
  DWORD dwReason; /* MGM_EXT_REFUSED_* */
  struct in6_addr SourceAddr;
  DWORD dwSourceLength;
  struct in6_addr GroupAddr;
  DWORD dwGroupLength;
} MGM6_EXT_REFUSED, *PMGM6_EXT_REFUSED;
MGM_STATIC_ASSERT(ext_refused6, sizeof(MGM6_EXT_REFUSED) == 44);

MGM_API DWORD Mgm6ExtGetRefused(PMGM6_EXT_REFUSED pRefused, DWORD dwRoom, PDWORD pdwCount);

/* --- What a manager of IPv6 runs on that the caller starts. Addresses live for the call. */

typedef struct _MGM6_EXT_INTERFACE {
  DWORD dwIfIndex;
  struct in6_addr IfNextHopAddr;
} MGM6_EXT_INTERFACE, *PMGM6_EXT_INTERFACE;

typedef struct _MGM6_EXT_ENTRY {
  DWORD dwChange; /* MGM_EXT_ENTRY_SET, MGM_EXT_ENTRY_DELETE */
  DWORD dwFlags;
  struct in6_addr SourceAddr; /* ::: any source */
  DWORD dwSourceLength;
  struct in6_addr GroupAddr;
  DWORD dwGroupLength;
  MGM6_EXT_INTERFACE In; /* zeros: no packet is accepted */
  DWORD dwOutIfCount;
  const MGM6_EXT_INTERFACE* pOutIf; /* ascending */
  DWORD dwResult;
} MGM6_EXT_ENTRY, *PMGM6_EXT_ENTRY;

/* Every pointer may be NULL. */
typedef struct _MGM6_EXT_FORWARDER {
  PVOID pvContext;
  void (*pfnSetInterface)(PVOID pvContext, DWORD dwIfIndex, const struct in6_addr* pIfNextHopAddr, BOOL bEnabled);
  void (*pfnApply)(PVOID pvContext, PMGM6_EXT_ENTRY pEntries, DWORD dwCount);
  void (*pfnSettle)(PVOID pvContext);
  DWORD (*pfnReadCounters)(PVOID pvContext, PMIB6_IPMCAST_MFE_STATS_EX pStats);
  uint64_t (*pfnActivity)(PVOID pvContext, const struct in6_addr* pSourceAddr, const struct in6_addr* pGroupAddr);
  void (*pfnDiscard)(PVOID pvContext, const struct in6_addr* pSourceAddr, const struct in6_addr* pGroupAddr);
} MGM6_EXT_FORWARDER, *PMGM6_EXT_FORWARDER;

typedef DWORD (*PMGM6_EXT_ROUTE_LOOKUP)(PVOID pvContext, const struct in6_addr* pSourceAddr, PMGM6_EXT_ROUTE pRoute);

typedef struct _MGM6_EXT_CONFIG {
  DWORD dwSize; /* sizeof(MGM6_EXT_CONFIG) */
  MGM6_EXT_FORWARDER Forwarder;
  PVOID pvRouteContext;
  PMGM6_EXT_ROUTE_LOOKUP pfnRouteLookup; /* NULL: there are no routes */
} MGM6_EXT_CONFIG, *PMGM6_EXT_CONFIG;

/* MgmExtStart for both families: they share clock, log, thread and clients, and each has the limits of *pConfig for
 * itself. */
MGM_API DWORD Mgm6ExtStart(const MGM_EXT_CONFIG* pConfig, const MGM6_EXT_CONFIG* pConfig6);

MGM_API DWORD Mgm6ExtNewPacket(const struct in6_addr* pSourceAddr, const struct in6_addr* pGroupAddr, DWORD dwIfIndex,
                               const struct in6_addr* pIfNextHopAddr, DWORD dwHdrSize, const BYTE* pbPacketHdr);

MGM_API DWORD Mgm6ExtRoutesChanged(const struct in6_addr* pNetwork, DWORD dwLength);

#ifdef __cplusplus
} /* extern "C" */
#endif

/* NOLINTEND(readability-identifier-naming, modernize-*, bugprone-macro-parentheses) */
#endif /* MGMD_CONTROL_MGM_MGM6_EXT_H_ */
