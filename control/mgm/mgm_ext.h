/* mgm_ext.h: what the Group Manager has beyond mgm.h (C99, C11, C++): starting and stopping a manager, feeding it
 * packets and route changes, and extensions for its clients. What names addresses here is IPv4's, and mgm6_ext.h has
 * the same for IPv6.
 *
 * One manager lives in a process. Inside mgmd it runs already and is mgmd's: MgmExtStart, MgmExtStop, MgmExtPoll and
 * MgmExtPollFd fail there; everything else works.
 * Conventions (byte order, masks, threads, failure) are those of mgm.h.
 */
#ifndef MGMD_CONTROL_MGM_MGM_EXT_H_
#define MGMD_CONTROL_MGM_MGM_EXT_H_

/* NOLINTBEGIN(readability-identifier-naming, modernize-*, bugprone-macro-parentheses): C, with Windows' names. */
#include "mgm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- For clients. */

/* In dwFlags of MgmAddGroupMembershipEntry, with MGM_JOIN_STATE_FLAG: the entry's MFE is made at once, not by the first
 * packet, and stays while the membership does. For (S,G) the iif is found as by a first packet. For a wildcard entry
 * there is no route to look up: the caller's RPF callback is asked, with interface 0, and must name an interface of
 * its own; its MFE has source 0 and serves every stream that no narrower MFE serves, 232/8 excepted (in mgmd:
 * what [control] ssm says instead). */
#define MGM_EXT_PROACTIVE_FLAG 0x00010000u

/* Ranges of groups: where mgm.h wants the group mask 255.255.255.255, a mask of 5 to 32 leading ones is accepted with
 * a group inside 224/4, for (*,G/len) only. (*,*) keeps its zeros.
 * Where MFEs are read, dwSrcMask of a range shorter than 32 is its group mask, and it is what tells a range from the
 * (*,G) and the ranges that begin at the same address: MgmGetNextMfe and MgmGetNextMfeStats go on after the very entry
 * whose dwGroup, dwSource and dwSrcMask they are given. Order: by group, wildcards by length, then sources. */

#define MGM_EXT_MEMBERSHIP_ADD 1u    /* as MgmAddGroupMembershipEntry */
#define MGM_EXT_MEMBERSHIP_DELETE 2u /* as MgmDeleteGroupMembershipEntry */

/* One change of many; dwFlags and the rest as in the call that does it alone. */
typedef struct _MGM_EXT_MEMBERSHIP_CHANGE {
  DWORD dwChange; /* MGM_EXT_MEMBERSHIP_* */
  DWORD dwFlags;
  DWORD dwSourceAddr;
  DWORD dwSourceMask;
  DWORD dwGroupAddr;
  DWORD dwGroupMask;
  DWORD dwIfIndex;
  DWORD dwIfNextHopAddr;
} MGM_EXT_MEMBERSHIP_CHANGE, *PMGM_EXT_MEMBERSHIP_CHANGE;
MGM_STATIC_ASSERT(ext_membership_change, sizeof(MGM_EXT_MEMBERSHIP_CHANGE) == 32);

/* Any number of adds and deletes of one client, done in order as one change: for reports with many records, for what
 * IGMP adds again after ENABLE_IGMP, and for protocols that start. Memberships and MFEs are in the end what single
 * calls would have made of them. The forwarding table gets one batch, with one change for each MFE however many of the
 * client's changes concern it. Alerts come when all is done, and tell the net change: nobody hears of what came and
 * went in between. RPF and CREATION callbacks come as in single calls: for each MFE that is made, and IGMP's CREATION
 * for each that an add of IGMP's covers. pdwResults[i] is what the single
 * call would have returned for pChanges[i]; a change that fails has changed nothing and stops none of the others.
 * NO_ERROR: all were tried. ERROR_INVALID_PARAMETER: the handle, or a pointer is NULL though dwCount is not 0;
 * ERROR_CAN_NOT_COMPLETE: as of every call. With these nothing is done, and no result written.
 * ERROR_NOT_ENOUGH_MEMORY: some may have been done. */
MGM_API DWORD MgmExtChangeMemberships(HANDLE hProtocol, const MGM_EXT_MEMBERSHIP_CHANGE* pChanges, DWORD dwCount,
                                      PDWORD pdwResults);

/* A client's name for logs and traces, in whatever families it is: at most 31 octets of it, without the beginning of a
 * character of UTF-8 that does not fit. Octets that are no UTF-8 are shown as U+FFFD. */
MGM_API DWORD MgmExtNameClient(HANDLE hProtocol, const char* szName);

/* What pbRoute of the RPF callback points to; a changed network, mask or protocol is what the MFE reports. */
typedef struct _MGM_EXT_ROUTE {
  DWORD dwNetwork;
  DWORD dwMask;
  DWORD dwProtocol; /* who made the route (PROTO_IP_*) */
  DWORD dwIfIndex;
  DWORD dwIfNextHopAddr;
  DWORD dwUpStrmNgbr; /* 0: directly connected */
} MGM_EXT_ROUTE, *PMGM_EXT_ROUTE;
MGM_STATIC_ASSERT(ext_route, sizeof(MGM_EXT_ROUTE) == 24);

/* --- The trace of a release: what MgmReleaseInterfaceOwnership, or a take on IGMP's interface, did and how long each
 * step took. The last 16 are kept, of both families together and by one numbering, in the order of their ends. */

#define MGM_EXT_MAX_STEPS 12u

typedef struct _MGM_EXT_RELEASE_STEP {
  const char* szName; /* "IGMP disabled", "memberships dropped", ...; static */
  uint64_t ullMicroseconds;
  uint64_t ullCount; /* memberships, alerts, MFEs ... of the step; 0 where there is nothing to count */
} MGM_EXT_RELEASE_STEP, *PMGM_EXT_RELEASE_STEP;

typedef struct _MGM_EXT_RELEASE_TRACE {
  DWORD dwProtocolId;
  DWORD dwComponentId;
  DWORD dwIfIndex;
  DWORD dwIfNextHopAddr;
  BOOL bTake;      /* the trace of a take */
  BOOL bSettled;   /* every worker was quiescent in time */
  BOOL bReclaimed; /* all memory of it is free again; the last step is "reclaimed" then */
  DWORD dwSteps;
  MGM_EXT_RELEASE_STEP Steps[MGM_EXT_MAX_STEPS];
} MGM_EXT_RELEASE_TRACE, *PMGM_EXT_RELEASE_TRACE;

/* dwNumber 0 is the last one. ERROR_NOT_FOUND: there are fewer. ERROR_INVALID_PARAMETER: pTrace is NULL, or the release
 * was IPv6's, and Mgm6ExtGetReleaseTrace has it. */
MGM_API DWORD MgmExtGetReleaseTrace(DWORD dwNumber, PMGM_EXT_RELEASE_TRACE pTrace);

/* --- What was refused for want of room and is tried again by itself: no call has to be repeated for it. */

#define MGM_EXT_REFUSED_BY_TABLE 1u /* an MFE stands, but the forwarding table has no room for it, or its last change */
#define MGM_EXT_REFUSED_BY_LIMIT 2u /* a membership asks for an MFE, but a limit of MFEs leaves no room for it */
#define MGM_EXT_REFUSED_NO_IIF 3u   /* the same, but nobody has named an interface for it yet */

typedef struct _MGM_EXT_REFUSED {
  DWORD dwReason;
  DWORD dwSourceAddr; /* the MFE's entry, as in a membership */
  DWORD dwSourceMask;
  DWORD dwGroupAddr;
  DWORD dwGroupMask;
} MGM_EXT_REFUSED, *PMGM_EXT_REFUSED;
MGM_STATIC_ASSERT(ext_refused, sizeof(MGM_EXT_REFUSED) == 20);

#define MGM_EXT_MOST_REFUSED 256u

/* *pdwCount: how many there are. As many of them as dwRoom allows, and MGM_EXT_MOST_REFUSED, are named at pRefused, in
 * no order; pRefused may be NULL where dwRoom is 0. For anybody, no handle needed. NO_ERROR: all are named.
 * ERROR_MORE_DATA: some are not. ERROR_INVALID_PARAMETER: pdwCount, or pRefused, is NULL. */
MGM_API DWORD MgmExtGetRefused(PMGM_EXT_REFUSED pRefused, DWORD dwRoom, PDWORD pdwCount);

/* --- What a manager runs on that the caller starts: forwarder, routes, clock, log. Called on the control thread, the
 * log on any. They come in the middle of a change: each Mgm function that they call returns ERROR_CAN_NOT_COMPLETE. */

typedef struct _MGM_EXT_INTERFACE {
  DWORD dwIfIndex;
  DWORD dwIfNextHopAddr;
} MGM_EXT_INTERFACE, *PMGM_EXT_INTERFACE;

#define MGM_EXT_ENTRY_SET 1u    /* make or replace */
#define MGM_EXT_ENTRY_DELETE 2u /* of the key only */

#define MGM_EXT_ENTRY_NO_ROUTE 1u     /* without oifs because there is no way towards the source */
#define MGM_EXT_ENTRY_FIRST_PACKET 2u /* answers a MgmExtNewPacket: send now what is held for the stream */

/* One change of the forwarding table. */
typedef struct _MGM_EXT_ENTRY {
  DWORD dwChange;
  DWORD dwFlags;
  DWORD dwSourceAddr; /* zero: any source */
  DWORD dwSourceMask;
  DWORD dwGroupAddr;
  DWORD dwGroupMask;
  MGM_EXT_INTERFACE In;            /* zeros: no packet is accepted */
  DWORD dwOutIfCount;              /* 0: drop the stream */
  const MGM_EXT_INTERFACE* pOutIf; /* ascending */
  DWORD dwResult;                  /* out, for SET: not NO_ERROR: refused, it is tried again later */
} MGM_EXT_ENTRY, *PMGM_EXT_ENTRY;

/* Every pointer may be NULL. */
typedef struct _MGM_EXT_FORWARDER {
  PVOID pvContext;
  /* Packets that arrive on the interface count (bEnabled) or are dropped. */
  void (*pfnSetInterface)(PVOID pvContext, DWORD dwIfIndex, DWORD dwIfNextHopAddr, BOOL bEnabled);
  /* The changes of one call, in order. */
  void (*pfnApply)(PVOID pvContext, PMGM_EXT_ENTRY pEntries, DWORD dwCount);
  /* Returns when no packet is sent any more by what earlier changes replaced or deleted. */
  void (*pfnSettle)(PVOID pvContext);
  /* Fills the counters of an entry; its key and ulNumOutIf oifs are filled in already. */
  DWORD (*pfnReadCounters)(PVOID pvContext, PMIB_IPMCAST_MFE_STATS_EX pStats);
  /* A number that grows while packets of the stream arrive; an MFE is idle when it stood still for 10 s. */
  uint64_t (*pfnActivity)(PVOID pvContext, DWORD dwSourceAddr, DWORD dwGroupAddr);
  /* Nothing will be decided for the stream: drop what is held. */
  void (*pfnDiscard)(PVOID pvContext, DWORD dwSourceAddr, DWORD dwGroupAddr);
} MGM_EXT_FORWARDER, *PMGM_EXT_FORWARDER;

/* The most specific multicast route towards the source: NO_ERROR and *pRoute, else ERROR_NOT_FOUND. */
typedef DWORD (*PMGM_EXT_ROUTE_LOOKUP)(PVOID pvContext, DWORD dwSourceAddr, PMGM_EXT_ROUTE pRoute);

/* A microsecond clock that never goes back. */
typedef uint64_t (*PMGM_EXT_CLOCK)(PVOID pvContext);

/* Something an operator should read. Any thread. */
typedef void (*PMGM_EXT_LOG)(PVOID pvContext, const char* szText);

#define MGM_EXT_OWN_THREAD 1u      /* the manager has its own control thread; otherwise the caller's, by MgmExtPoll */
#define MGM_EXT_CREATION_TO_ALL 2u /* CREATION alerts go to every client, with or without oifs (RFC 2715 rule 3) */

/* A take or a release on IGMP's interface leaves IGMP's oifs as they are until IGMP adds its entries again, or
 * dwIgmpGraceMs, which may not be 0 then, is over. */
#define MGM_EXT_HITLESS_TAKEOVER 4u

#define MGM_EXT_NO_LIMIT 0xFFFFFFFFu

typedef struct _MGM_EXT_CONFIG {
  DWORD dwSize; /* sizeof(MGM_EXT_CONFIG) */
  DWORD dwFlags;
  MGM_EXT_FORWARDER Forwarder;
  PVOID pvRouteContext;
  PMGM_EXT_ROUTE_LOOKUP pfnRouteLookup; /* NULL: there are no routes */
  PVOID pvClockContext;
  PMGM_EXT_CLOCK pfnClock; /* NULL: the system's monotonic clock */
  PVOID pvLogContext;
  PMGM_EXT_LOG pfnLog;
  DWORD dwMaxMfes;         /* 0: 1048576 */
  DWORD dwMaxNegativeMfes; /* 0: 262144; the oldest idle one makes room */
  /* For so long after ENABLE_IGMP the entries that IGMP had on the interface may come back without PRUNE and JOIN for
   * those who have heard of them; PRUNE comes then for what has not come back. 0: PRUNE comes at once. With
   * MGM_EXT_HITLESS_TAKEOVER their streams go on meanwhile. */
  DWORD dwIgmpGraceMs;
  /* What one group, one incoming interface, the interfaces of one owner may have of dwMaxMfes, so that nobody fills it
   * from made-up sources. MGM_EXT_NO_LIMIT: all of it. Where a limit is met an idle MFE makes room, one whose
   * pfnActivity has not moved since it was last looked at, a second ago or more; where none is found, MgmExtNewPacket
   * fails and the log says which limit it was. */
  DWORD dwMaxMfesPerGroup;     /* 0: 65536 */
  DWORD dwMaxMfesPerInterface; /* 0: no limit */
  DWORD dwMaxMfesPerOwner;     /* 0: no limit */
} MGM_EXT_CONFIG, *PMGM_EXT_CONFIG;

/* Starts the manager, for IPv4 alone (for both families: Mgm6ExtStart); the calling thread is its control thread unless
 * MGM_EXT_OWN_THREAD. *pConfig is copied. ERROR_ALREADY_EXISTS: one runs, such as mgmd's. ERROR_CAN_NOT_COMPLETE: the
 * system gives no descriptor, or no thread. */
MGM_API DWORD MgmExtStart(const MGM_EXT_CONFIG* pConfig);

/* Stops it: calls that wait get ERROR_CAN_NOT_COMPLETE, every handle is dead, no callback comes any more. Only on the
 * control thread where that is the caller's; never from a callback. ERROR_CAN_NOT_COMPLETE: it was not MgmExtStart that
 * started it, but mgmd. */
MGM_API DWORD MgmExtStop(void);

/* A file descriptor that is readable while calls of other threads wait for MgmExtPoll; -1: no manager runs, or mgmd's.
 * */
MGM_API int MgmExtPollFd(void);

/* Runs what waits and is due, on the control thread only. *pdwNextMs (may be NULL): milliseconds until something
 * becomes due, 0xFFFFFFFF: nothing will. ERROR_CAN_NOT_COMPLETE: another thread, a callback, or mgmd's manager. */
MGM_API DWORD MgmExtPoll(PDWORD pdwNextMs);

/* A packet that the forwarding table has no entry for, or that arrived elsewhere than on its entry's iif. Returns when
 * the stream has been decided, and the forwarder has its entry. pbPacketHdr: the IP header and what follows, dwHdrSize
 * bytes. ERROR_INVALID_PARAMETER: the addresses, or the interface has neither owner nor IGMP. ERROR_NOT_ENOUGH_MEMORY:
 * a limit leaves no room for another MFE. */
MGM_API DWORD MgmExtNewPacket(DWORD dwSourceAddr, DWORD dwGroupAddr, DWORD dwIfIndex, DWORD dwIfNextHopAddr,
                              DWORD dwHdrSize, const BYTE* pbPacketHdr);

/* Routes towards sources inside the prefix have changed; MFEs that depend on them are decided again. Of thousands of
 * MFEs the first are looked at in the call, the rest in the manager's next turns. */
MGM_API DWORD MgmExtRoutesChanged(DWORD dwNetwork, DWORD dwMask);

#ifdef __cplusplus
} /* extern "C" */
#endif

/* NOLINTEND(readability-identifier-naming, modernize-*, bugprone-macro-parentheses) */
#endif /* MGMD_CONTROL_MGM_MGM_EXT_H_ */
