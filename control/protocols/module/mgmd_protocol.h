/* mgmd_protocol.h: how mgmd loads a multicast routing protocol (C99, C11, C++).
 *
 * A protocol module is a shared object, linked with libmgm and named in mgmd's configuration:
 *
 *   [protocol.example]
 *   module    = "libexample_protocol.so"
 *   component = 1
 *   options   = { hello = 30 }
 *
 * It exports one function, MgmdProtocol(), and is a client of mgm.h, of mgm6.h or of both like any other: a client that
 * registers with both with the same ids has one handle. What it leaves behind when it stops, or fails to start, mgmd
 * takes back in the order of a protocol's shutdown: every interface is released, then the client is deregistered, from
 * each family. A client that registers after pfnStart has returned is taken back when mgmd stops, not before.
 *
 * Conventions are those of mgm.h and mgm6.h: IPv4 addresses and masks in network byte order, IPv6 ones as struct
 * in6_addr with prefix lengths.
 *
 * What a protocol needs besides the Group Manager stands in mgmd_services.h: packets of its own, links, routes, timers.
 *
 * Versions. Both sides say the one that they were built with, and mgmd starts no module of another one: what a
 * structure holds follows from it. 1 knew an interface's first IPv4 address only, 2 had no services and no pfnGoodbye.
 */
#ifndef MGMD_CONTROL_PROTOCOLS_MODULE_MGMD_PROTOCOL_H_
#define MGMD_CONTROL_PROTOCOLS_MODULE_MGMD_PROTOCOL_H_

/* NOLINTBEGIN(readability-identifier-naming, modernize-*): C, with names as in mgm.h. */
#include <netinet/in.h>
#include <stdint.h>

#include "mgmd_services.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MGMD_PROTOCOL_VERSION 3u

/* One of `options`; numbers and booleans as text ("30", "1.5", "true"). */
typedef struct _MGMD_PROTOCOL_OPTION {
  const char* szName;
  const char* szValue;
} MGMD_PROTOCOL_OPTION;

/* An address of an interface, with its link's mask or prefix length. */
typedef struct _MGMD_PROTOCOL_ADDRESS {
  uint32_t dwAddress;
  uint32_t dwMask;
} MGMD_PROTOCOL_ADDRESS;
typedef struct _MGMD_PROTOCOL_ADDRESS6 {
  struct in6_addr Address;
  uint32_t dwLength;
} MGMD_PROTOCOL_ADDRESS6;

/* One of mgmd's interfaces, with all addresses that the configuration gives it, in that order, link-local ones
 * included; which ones it has now pfnFollowLinks() tells. */
typedef struct _MGMD_PROTOCOL_INTERFACE {
  const char* szName;
  uint32_t dwIfIndex; /* the same in both families */
  /* MGMD_PROTOCOL_IPV4, MGMD_PROTOCOL_IPV6 or both: the families in which it is there to be taken. Those of its
   * addresses; without any, both. One whose mtu is below 1280 is never there in IPv6 (RFC 8200 section 5). */
  uint32_t dwFamilies;
  uint32_t dwAddressCount;
  const MGMD_PROTOCOL_ADDRESS* pAddresses;
  uint32_t dwAddress6Count;
  const MGMD_PROTOCOL_ADDRESS6* pAddresses6;
} MGMD_PROTOCOL_INTERFACE;

/* What a module is started with; valid until its stop has returned. */
typedef struct _MGMD_PROTOCOL_ARGUMENTS {
  uint32_t dwVersion;     /* MGMD_PROTOCOL_VERSION of mgmd */
  const char* szName;     /* NAME of [protocol.NAME] */
  uint32_t dwComponentId; /* to register with */
  uint32_t dwOptionCount;
  const MGMD_PROTOCOL_OPTION* pOptions;
  uint32_t dwInterfaceCount;
  const MGMD_PROTOCOL_INTERFACE* pInterfaces;
  void (*pfnLog)(const char* szName, const char* szText); /* a line in mgmd's log; any thread */
  const MGMD_SERVICES* pServices;
} MGMD_PROTOCOL_ARGUMENTS;

typedef struct _MGMD_PROTOCOL {
  uint32_t dwVersion; /* MGMD_PROTOCOL_VERSION that the module was built with */
  /* Registers with the Group Manager, takes interfaces, starts threads if it has any. On the control thread; must not
   * wait: calls of its threads are executed when it has returned. So it starts threads last, when it can no longer
   * fail. 0: it runs. Anything else: it does not, and stop is not called. What it joins here with
   * MGM_EXT_PROACTIVE_FLAG stands before mgmd's workers take the first packet, however much it is, as far as there is
   * room ([limits] mfes); many joins are best made by MgmExtChangeMemberships and Mgm6ExtChangeMemberships.
   * When it has returned, mgmd drops capabilities on every thread (docs/operating.md, Privileges): what takes one is
   * opened here, and none of its threads blocks signal SIGRTMAX, by which mgmd reaches it then. */
  uint32_t (*pfnStart)(const MGMD_PROTOCOL_ARGUMENTS* pArguments);
  /* Its last words, or NULL: what it sends here leaves, after it nothing may: where mgmd stops, workers stop before
   * protocols. Called once before pfnStop, on the control thread; must not wait; nothing else of the module's is
   * called between the two where it is shut down alone. */
  void (*pfnGoodbye)(void);
  /* Ends its threads, releases its interfaces, deregisters. On the control thread.
   * How a thread ends: pfnStop sets a flag, wakes the thread and joins it; the thread looks at the flag before each
   * call and after one that failed. Until pfnStop has returned, calls of other threads fail with
   * ERROR_CAN_NOT_COMPLETE, and one that waits already comes back with it at once (those with the handle of another
   * module's client wait). What pfnStop itself calls is executed as ever. Where mgmd is stopping and pfnStop has not
   * returned when [control] stop_timeout is nearly over, mgmd ends without it. */
  void (*pfnStop)(void);
} MGMD_PROTOCOL;

/* The module's one entry point: a description that lives as long as the module. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const MGMD_PROTOCOL*
MgmdProtocol(void);

#ifdef __cplusplus
} /* extern "C" */
#endif

/* NOLINTEND(readability-identifier-naming, modernize-*) */
#endif /* MGMD_CONTROL_PROTOCOLS_MODULE_MGMD_PROTOCOL_H_ */
