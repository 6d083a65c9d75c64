/* mgmd_services.h: what mgmd does for a protocol module (C99, C11, C++): packets of the router's own on its wires, news
 * of links and routes, timers. mgmd_protocol.h hands the table over; everything a routing protocol needs besides the
 * Group Manager (mgm.h, mgm6.h) is in it. examples/hello_protocol.c is a module that lives by it.
 *
 *   static const MGMD_SERVICES* services;                        from MGMD_PROTOCOL_ARGUMENTS, in pfnStart
 *   services->pfnReceive(services, &filter, on_packet, NULL, NULL);
 *   services->pfnStartTimer(services, 30000, say_hello, NULL, &timer);
 *
 * Threads. Every function is called on mgmd's control thread: in pfnStart, pfnGoodbye and pfnStop, in a callback of
 * these or of mgm.h. Every callback of these runs there, in a turn of control, with no lock held; it may call every
 * function here, and every one of mgm.h. A thread of the module's calls pfnPost(), which runs a function on the control
 * thread; whatever else it calls here answers MGMD_ERROR_THREAD. While a callback runs control stands still, though
 * forwarding does not: one that has not returned after a second is named in the log.
 *
 * Ends. What is registered here gets a number, never used twice, and pfnCancel() ends it. After pfnCancel() has
 * returned its callback is never called again; from inside the callback too. What a module has not cancelled when
 * pfnStop returns, or when pfnStart fails, mgmd cancels: no callback comes after that, and functions answer
 * MGMD_ERROR_STOPPED.
 *
 * What a callback is given by pointer lives until it returns. Numbers are in the host's byte order, addresses and
 * packets are octets as on the wire.
 */
#ifndef MGMD_CONTROL_PROTOCOLS_MODULE_MGMD_SERVICES_H_
#define MGMD_CONTROL_PROTOCOLS_MODULE_MGMD_SERVICES_H_

/* NOLINTBEGIN(readability-identifier-naming, modernize-*): C, with names as in mgm.h. */
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What functions return. One that fails has changed nothing. */
#define MGMD_OK 0u
#define MGMD_ERROR_ARGUMENT 1u  /* a pointer is NULL, or a family, a protocol or a group makes no sense */
#define MGMD_ERROR_INTERFACE 2u /* mgmd has no interface of that index */
#define MGMD_ERROR_NOT_FOUND 3u /* nothing has that number any more; no route leads there */
#define MGMD_ERROR_THREAD 4u    /* called on another thread than control's */
#define MGMD_ERROR_STOPPED 5u   /* the module has been stopped */
#define MGMD_ERROR_MEMORY 6u
/* Of sending alone. */
#define MGMD_ERROR_PACKET 7u    /* never: no whole IP packet to a group; no Ethernet header */
#define MGMD_ERROR_TOO_LONG 8u  /* longer than the interface's MTU: in smaller packets */
#define MGMD_ERROR_LINK_DOWN 9u /* the link is down: pfnFollowLinks() tells when it is up */
#define MGMD_ERROR_FULL 10u     /* too much waits to be sent by this router: later, by a timer */

/* The number of what is registered; 0: of nothing. */
typedef uint64_t MGMD_ID;

#define MGMD_PROTOCOL_IPV4 1u
#define MGMD_PROTOCOL_IPV6 2u

/* As inet_ntop() takes it: 4 octets and 12 zeros of IPv4, 16 of IPv6. */
typedef struct _MGMD_ADDRESS {
  uint32_t dwFamily; /* MGMD_PROTOCOL_IPV4 or MGMD_PROTOCOL_IPV6 */
  uint8_t abOctets[16];
} MGMD_ADDRESS;

/* An address with its link's prefix length, or all addresses whose first dwLength bits are these. */
typedef struct _MGMD_PREFIX {
  MGMD_ADDRESS Address;
  uint32_t dwLength;
} MGMD_PREFIX;

/* --- Packets that are for the router itself */

/* Which ones. Several modules, and the host by its twin, may want the same packet, and each gets it. */
typedef struct _MGMD_PACKET_FILTER {
  uint32_t dwIfIndex;  /* the interface on which they arrive */
  uint32_t dwFamily;   /* MGMD_PROTOCOL_IPV4 or MGMD_PROTOCOL_IPV6 */
  uint32_t dwProtocol; /* of IP: 103 is PIM, 89 OSPF. Of IPv6 that behind extension headers, of which an
                        * authentication header (51) is none */
  /* NULL: those to any group of the link (224.0.0.0/24, scope 2) and those to the router itself, by unicast or by
   * broadcast. Otherwise those to this group of the link alone, in the family. Whether a host is to hear the group
   * nobody is asked: what arrives is taken. */
  const MGMD_ADDRESS* pGroup;
} MGMD_PACKET_FILTER;

/* One packet, whole, as it arrived. mgmd has checked its version, its lengths and IPv4's header checksum, and nothing
 * else: neither its source nor its TTL, and no checksum of what it carries. A fragment comes as it is. */
typedef struct _MGMD_PACKET {
  uint32_t dwIfIndex;
  uint32_t dwFamily;
  const uint8_t* pPacket; /* from the IP header on */
  uint32_t dwLength;      /* by the IP header: without what fills a short frame */
  uint32_t dwPayload;     /* where behind pPacket that begins which the protocol is the number of */
  uint32_t dwProtocol;
  uint64_t qwArrived;                    /* nanoseconds of CLOCK_MONOTONIC */
  uint8_t abSource[6], abDestination[6]; /* the frame's MAC addresses: an answer by unicast goes to the first */
} MGMD_PACKET;

typedef void (*PMGMD_PACKET_CALLBACK)(void* pContext, const MGMD_PACKET* pPacket);

/* --- Links, routes, releases */

/* An interface as it is now. */
typedef struct _MGMD_LINK {
  const char* szName;
  uint32_t dwIfIndex;
  uint32_t dwUp;  /* 1: its port has a link; 0: what is sent is refused */
  uint32_t dwMtu; /* of IP packets: the configuration's, or less where the device takes less */
  uint8_t abMac[6];
  /* Its addresses, of IPv4 and then of IPv6: of an interface with a twin those that the host has there, whoever has
   * set them, without those that are not (or never) to be used since duplicate address detection is not over (or has
   * found another station); of others those of the configuration. */
  uint32_t dwAddressCount;
  const MGMD_PREFIX* pAddresses;
} MGMD_LINK;

/* A route towards a source, as mgmd's RPF goes by it: of the configuration, or of the kernel ([rib] kernel). */
typedef struct _MGMD_ROUTE {
  MGMD_PREFIX Prefix;
  uint32_t dwIfIndex;
  MGMD_ADDRESS Neighbour; /* the next router towards it; zeros: the source is on the link */
  uint32_t dwProtocol;    /* who made it: the MIB's PROTO_IP_*, 2 local, 3 configured, 13 OSPF, 14 BGP */
  uint32_t dwMetric;      /* the kernel's; of configured ones 0 */
} MGMD_ROUTE;

typedef void (*PMGMD_LINK_CALLBACK)(void* pContext, const MGMD_LINK* pLink);
typedef void (*PMGMD_ROUTES_CALLBACK)(void* pContext, const MGMD_PREFIX* pPrefix);
typedef void (*PMGMD_RELEASE_CALLBACK)(void* pContext, uint32_t dwIfIndex, uint32_t dwFamily);
typedef void (*PMGMD_CALLBACK)(void* pContext);

/* --- The table. The first argument of each function is the table itself; pContext is handed to the callback as it is.
 * pId may be NULL: it goes with the module. */
typedef struct _MGMD_SERVICES MGMD_SERVICES;
struct _MGMD_SERVICES {
  /* Packets that fit the filter come from now on. What nobody asks for never leaves the worker; so a filter costs
   * control what arrives of its kind: of a group of the link little, of the unicast of any protocol all unicast that
   * there is to the router. [punt] limits each kind on each interface. */
  uint32_t (*pfnReceive)(const MGMD_SERVICES* pServices, const MGMD_PACKET_FILTER* pFilter,
                         PMGMD_PACKET_CALLBACK pfnPacket, void* pContext, MGMD_ID* pId);

  /* Sends a whole IP packet, checksums included, to a group: out of the interface, from its MAC address to the group's,
   * with its VLAN tag. Whatever the router says by an interface leaves in the order in which it was sent, frames too.
   * It is not forwarded, and no filter of the router's own sees it. MGMD_OK: it has left, or waits for a worker to send
   * it; lost then only if the link goes down first, or what waits becomes too much (drop reason inject_queue_full). */
  uint32_t (*pfnSendPacket)(const MGMD_SERVICES* pServices, uint32_t dwIfIndex, const uint8_t* pPacket,
                            uint32_t dwLength);
  /* The same with a whole Ethernet frame, without tag: for unicast, whose MAC address a packet has told. */
  uint32_t (*pfnSendFrame)(const MGMD_SERVICES* pServices, uint32_t dwIfIndex, const uint8_t* pFrame,
                           uint32_t dwLength);

  /* Tells every interface before it returns, and then each whose link, MTU, MAC address or addresses change. */
  uint32_t (*pfnFollowLinks)(const MGMD_SERVICES* pServices, PMGMD_LINK_CALLBACK pfnLink, void* pContext, MGMD_ID* pId);

  /* The route towards a source, the most specific one. */
  uint32_t (*pfnFindRoute)(const MGMD_SERVICES* pServices, const MGMD_ADDRESS* pSource, MGMD_ROUTE* pRoute);
  /* Tells prefixes whose sources may have another route now, or one of another metric, or none. Of many changes at once
   * it tells fewer and wider prefixes. The Group Manager knows already. */
  uint32_t (*pfnFollowRoutes)(const MGMD_SERVICES* pServices, PMGMD_ROUTES_CALLBACK pfnRoutes, void* pContext,
                              MGMD_ID* pId);

  /* Tells, after it, each release of an interface of the module's in a family that it has not made itself: the
   * operator's /mgm/release and /mgm/shutdown. The Group Manager has ended what the module had there, memberships and
   * entries; packets of the interface still come, and can be sent. */
  uint32_t (*pfnFollowReleases)(const MGMD_SERVICES* pServices, PMGMD_RELEASE_CALLBACK pfnReleased, void* pContext,
                                MGMD_ID* pId);

  /* Calls it once, in the first turn of control after so many milliseconds, mostly within a fraction of one; of several
   * that are due the earliest first. Its number is over when it is called. A timer costs a step in a tree to start and
   * to cancel, nothing while it waits: tens of thousands are cheap. */
  uint32_t (*pfnStartTimer)(const MGMD_SERVICES* pServices, uint32_t dwMilliseconds, PMGMD_CALLBACK pfnTimer,
                            void* pContext, MGMD_ID* pId);

  /* Ends what has the number, whatever of these it is. MGMD_ERROR_NOT_FOUND: nothing has. */
  uint32_t (*pfnCancel)(const MGMD_SERVICES* pServices, MGMD_ID Id);

  /* Any thread, until pfnStop has returned; never waits. Calls it in the next turn of control, in the order of the
   * posts. What has not been called when pfnStop begins is never called; from then on the answer is
   * MGMD_ERROR_STOPPED. */
  uint32_t (*pfnPost)(const MGMD_SERVICES* pServices, PMGMD_CALLBACK pfnFunction, void* pContext);
};

#ifdef __cplusplus
} /* extern "C" */
#endif

/* NOLINTEND(readability-identifier-naming, modernize-*) */
#endif /* MGMD_CONTROL_PROTOCOLS_MODULE_MGMD_SERVICES_H_ */
