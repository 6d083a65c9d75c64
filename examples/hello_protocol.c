/* An example of a protocol for mgmd that speaks: neighbours find each other by Hello messages.
 *
 *   cc -std=c99 -shared -fPIC hello_protocol.c $(pkg-config --cflags --libs mgm) -o libhello_protocol.so
 *
 *   [protocol.hello]
 *   module  = "libhello_protocol.so"
 *   options = { interfaces = "lan0 lan1", hello = 30, hold = 105 }
 *
 * It says Hello on each of its interfaces in both families, every `hello` seconds and as soon as a link comes up, and
 * keeps those it hears as neighbours until they have been silent for the time that they said, say goodbye, or the link
 * goes down. Each neighbour that comes and goes is a line in mgmd's log. That is what every routing protocol begins
 * with, and all that mgmd_services.h is for; what comes next, memberships and entries, is in example_protocol.c. All of
 * it runs on the control thread.
 *
 * A message is an IP packet of protocol 253 (RFC 3692: experiments) with TTL 1 to 224.0.0.254 or ff02::114 (RFC 4727):
 *
 *   octet 0: 1, the version     1: 0     2 to 3: checksum of the message (RFC 1071)
 *   4 to 7: how long the sender is to be held, in milliseconds; 0: goodbye
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mgm.h"
#include "mgm6.h"
#include "mgm_ext.h"
#include "mgmd_protocol.h"

#define PROTOCOL PROTOCOL_ID(PROTO_TYPE_MCAST, PROTO_VENDOR_MS2, 0x4845)
#define EXPERIMENT 253u
#define MESSAGE 8u
#define HEADER 20u
#define HEADER6 40u
#define MAX_INTERFACES 64
#define MAX_NEIGHBOURS 256

static const MGMD_ADDRESS groups[] = {
    {MGMD_PROTOCOL_IPV4, {224, 0, 0, 254}},
    {MGMD_PROTOCOL_IPV6, {0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x14}},
};

/* An interface in one family. */
struct link {
  uint32_t index;
  char name[32];
  uint32_t family;
  int up;
  MGMD_ADDRESS own; /* what we speak from; without a family: there is none yet */
  MGMD_ID packets;  /* that we hear there */
};

struct neighbour {
  struct link* link; /* NULL: the place is free */
  MGMD_ADDRESS address;
  MGMD_ID hold; /* the timer */
};

static const MGMD_PROTOCOL_ARGUMENTS* arguments;
static const MGMD_SERVICES* services;
static HANDLE client;
static struct link links[2 * MAX_INTERFACES];
static uint32_t link_count;
static struct neighbour neighbours[MAX_NEIGHBOURS];
static uint32_t hello_ms, hold_ms;

/* --- The log */

static const char* text_of(const MGMD_ADDRESS* address, char* text) {
  const int family = address->dwFamily == MGMD_PROTOCOL_IPV4 ? AF_INET : AF_INET6;
  return inet_ntop(family, address->abOctets, text, INET6_ADDRSTRLEN);
}

/* "neighbour 10.0.0.2 on lan0: down: it has said goodbye" */
static void say(const struct neighbour* neighbour, const char* what) {
  char address[INET6_ADDRSTRLEN], line[160];
  snprintf(line, sizeof(line), "neighbour %s on %s: %s", text_of(&neighbour->address, address), neighbour->link->name,
           what);
  arguments->pfnLog(arguments->szName, line);
}

/* --- Messages */

static uint16_t checksum(const uint8_t* octets, uint32_t length) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < length; i += 2) sum += (uint32_t)octets[i] << 8 | octets[i + 1];
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return (uint16_t)~sum;
}

static void put2(uint8_t* to, uint32_t value) {
  to[0] = (uint8_t)(value >> 8);
  to[1] = (uint8_t)value;
}

/* The IP header in front of a message. Returns its length. */
static uint32_t write_header(uint8_t* packet, const struct link* link) {
  if (link->family == MGMD_PROTOCOL_IPV4) {
    packet[0] = 0x45;
    packet[1] = 0xC0; /* precedence: internetwork control */
    put2(packet + 2, HEADER + MESSAGE);
    packet[8] = 1; /* TTL */
    packet[9] = EXPERIMENT;
    memcpy(packet + 12, link->own.abOctets, 4);
    memcpy(packet + 16, groups[0].abOctets, 4);
    put2(packet + 10, checksum(packet, HEADER));
    return HEADER;
  }
  packet[0] = 0x6C;
  put2(packet + 4, MESSAGE);
  packet[6] = EXPERIMENT;
  packet[7] = 1; /* hop limit */
  memcpy(packet + 8, link->own.abOctets, 16);
  memcpy(packet + 24, groups[1].abOctets, 16);
  return HEADER6;
}

/* A Hello; with 0 a goodbye. What does not leave now is said again by the next one. */
static void send_hello(const struct link* link, uint32_t held_for_ms) {
  uint8_t packet[HEADER6 + MESSAGE];
  uint8_t* message;
  if (!link->up || link->own.dwFamily == 0) return;
  memset(packet, 0, sizeof(packet));
  message = packet + write_header(packet, link);
  message[0] = 1;
  put2(message + 4, held_for_ms >> 16);
  put2(message + 6, held_for_ms);
  put2(message + 2, checksum(message, MESSAGE));
  services->pfnSendPacket(services, link->index, packet, (uint32_t)(message - packet) + MESSAGE);
}

/* --- Neighbours */

static void forget(struct neighbour* neighbour, const char* why) {
  say(neighbour, why);
  services->pfnCancel(services, neighbour->hold); /* it may be this timer that calls: then it is over already */
  neighbour->link = NULL;
}

static void on_hold_time(void* context) { forget(context, "down: its hold time is over"); }

static void forget_all_on(const struct link* link, const char* why) {
  for (int i = 0; i < MAX_NEIGHBOURS; ++i) {
    if (neighbours[i].link == link) forget(&neighbours[i], why);
  }
}

/* The neighbour of that address, or a free place; NULL: there is no room. */
static struct neighbour* find(const struct link* link, const MGMD_ADDRESS* address) {
  struct neighbour* place = NULL;
  for (int i = 0; i < MAX_NEIGHBOURS; ++i) {
    struct neighbour* const each = &neighbours[i];
    if (each->link == link && memcmp(&each->address, address, sizeof(*address)) == 0) return each;
    if (each->link == NULL && place == NULL) place = each;
  }
  return place;
}

static void on_packet(void* context, const MGMD_PACKET* packet) {
  struct link* const link = context;
  const uint8_t* const message = packet->pPacket + packet->dwPayload;
  MGMD_ADDRESS source;
  struct neighbour* neighbour;
  uint32_t held_for_ms;
  if (packet->dwLength - packet->dwPayload != MESSAGE || message[0] != 1 || checksum(message, MESSAGE) != 0) return;
  memset(&source, 0, sizeof(source));
  source.dwFamily = packet->dwFamily;
  if (packet->dwFamily == MGMD_PROTOCOL_IPV4) {
    memcpy(source.abOctets, packet->pPacket + 12, 4);
  } else {
    memcpy(source.abOctets, packet->pPacket + 8, 16);
  }
  held_for_ms = (uint32_t)message[4] << 24 | (uint32_t)message[5] << 16 | (uint32_t)message[6] << 8 | message[7];
  neighbour = find(link, &source);
  if (neighbour == NULL) return;
  if (held_for_ms == 0) {
    if (neighbour->link != NULL) forget(neighbour, "down: it has said goodbye");
    return;
  }
  if (neighbour->link == NULL) {
    char up[48];
    neighbour->link = link;
    neighbour->address = source;
    snprintf(up, sizeof(up), "up, held for %u ms", held_for_ms);
    say(neighbour, up);
    send_hello(link, hold_ms); /* it need not wait for our next one to know us */
  } else {
    services->pfnCancel(services, neighbour->hold);
  }
  services->pfnStartTimer(services, held_for_ms, on_hold_time, neighbour, &neighbour->hold);
}

/* --- What mgmd tells */

static void on_hello_time(void* context) {
  (void)context;
  for (uint32_t i = 0; i < link_count; ++i) send_hello(&links[i], hold_ms);
  services->pfnStartTimer(services, hello_ms, on_hello_time, NULL, NULL);
}

/* What we speak from in the family: of IPv6 the link-local address, by which routers know each other. */
static MGMD_ADDRESS own_address(uint32_t family, const MGMD_LINK* now) {
  MGMD_ADDRESS none;
  memset(&none, 0, sizeof(none));
  for (uint32_t i = 0; i < now->dwAddressCount; ++i) {
    const MGMD_ADDRESS* const own = &now->pAddresses[i].Address;
    const int link_local = own->abOctets[0] == 0xFE && (own->abOctets[1] & 0xC0) == 0x80;
    if (own->dwFamily == family && (family == MGMD_PROTOCOL_IPV4 || link_local)) return *own;
  }
  return none;
}

static void on_link(void* context, const MGMD_LINK* now) {
  (void)context;
  for (uint32_t i = 0; i < link_count; ++i) {
    struct link* const link = &links[i];
    const MGMD_ADDRESS own = own_address(link->family, now);
    if (link->index != now->dwIfIndex) continue;
    if (link->up && !now->dwUp) forget_all_on(link, "down: the link is");
    if (memcmp(&own, &link->own, sizeof(own)) == 0 && link->up == (int)now->dwUp) continue;
    send_hello(link, 0); /* from the address of before, if it can still be heard */
    link->up = (int)now->dwUp;
    link->own = own;
    send_hello(link, hold_ms);
  }
}

/* The operator has taken the interface: we are gone from there, in that family. */
static void on_released(void* context, uint32_t index, uint32_t family) {
  (void)context;
  for (uint32_t i = 0; i < link_count; ++i) {
    struct link* const link = &links[i];
    if (link->index != index || link->family != family) continue;
    send_hello(link, 0);
    forget_all_on(link, "down: the interface has been released");
    services->pfnCancel(services, link->packets);
    link->index = 0; /* no interface's any more */
    link->up = 0;
  }
}

/* --- Start-up and shutdown */

static const char* option(const char* name, const char* otherwise) {
  for (uint32_t i = 0; i < arguments->dwOptionCount; ++i) {
    if (strcmp(arguments->pOptions[i].szName, name) == 0) return arguments->pOptions[i].szValue;
  }
  return otherwise;
}

/* Whether a word stands in a list that is separated by blanks; NULL is a list of all. */
static int listed(const char* list, const char* word) {
  const size_t length = strlen(word);
  if (list == NULL) return 1;
  for (const char* at = list; (at = strstr(at, word)) != NULL; at += length) {
    if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) return 1;
  }
  return 0;
}

/* Of an option in seconds; where it is none above 0, `otherwise`. */
static uint32_t milliseconds(const char* name, double otherwise) {
  const double most = 4000000;
  double seconds = atof(option(name, "0"));
  if (!(seconds > 0)) seconds = otherwise;
  return (uint32_t)((seconds < most ? seconds : most) * 1000);
}

static DWORD enroll(void) {
  ROUTING_PROTOCOL_CONFIG callbacks;
  MGM6_PROTOCOL_CONFIG callbacks6;
  memset(&callbacks, 0, sizeof(callbacks)); /* interested in nothing yet */
  memset(&callbacks6, 0, sizeof(callbacks6));
  if (MgmRegisterMProtocol(&callbacks, PROTOCOL, arguments->dwComponentId, &client) != NO_ERROR) return 1;
  if (Mgm6RegisterMProtocol(&callbacks6, PROTOCOL, arguments->dwComponentId, &client) != NO_ERROR) return 1;
  return MgmExtNameClient(client, arguments->szName);
}

/* An interface in one family, if it can be ours: we hear its Hellos. */
static void take(const MGMD_PROTOCOL_INTERFACE* interface, uint32_t family) {
  struct link* const link = &links[link_count];
  MGMD_PACKET_FILTER filter;
  if (!(interface->dwFamilies & family) || link_count == 2 * MAX_INTERFACES) return;
  if ((family == MGMD_PROTOCOL_IPV4 ? MgmTakeInterfaceOwnership(client, interface->dwIfIndex, 0)
                                    : Mgm6TakeInterfaceOwnership(client, interface->dwIfIndex, NULL)) != NO_ERROR) {
    return;
  }
  memset(link, 0, sizeof(*link));
  link->index = interface->dwIfIndex;
  link->family = family;
  snprintf(link->name, sizeof(link->name), "%s", interface->szName);
  filter.dwIfIndex = interface->dwIfIndex;
  filter.dwFamily = family;
  filter.dwProtocol = EXPERIMENT;
  filter.pGroup = &groups[family == MGMD_PROTOCOL_IPV4 ? 0 : 1];
  if (services->pfnReceive(services, &filter, on_packet, link, &link->packets) == MGMD_OK) ++link_count;
}

static void goodbye(void) {
  for (uint32_t i = 0; i < link_count; ++i) send_hello(&links[i], 0);
}

/* Filters, timers and what we follow mgmd takes back by itself. */
static void stop(void) {
  for (uint32_t i = 0; i < link_count; ++i) {
    if (links[i].index == 0) continue;
    if (links[i].family == MGMD_PROTOCOL_IPV4) {
      MgmReleaseInterfaceOwnership(client, links[i].index, 0);
    } else {
      Mgm6ReleaseInterfaceOwnership(client, links[i].index, NULL);
    }
  }
  MgmDeRegisterMProtocol(client);
  Mgm6DeRegisterMProtocol(client);
}

static uint32_t start(const MGMD_PROTOCOL_ARGUMENTS* given) {
  const char* interfaces;
  arguments = given;
  services = given->pServices;
  link_count = 0;
  memset(neighbours, 0, sizeof(neighbours));
  interfaces = option("interfaces", NULL);
  hello_ms = milliseconds("hello", 30); /* and 3.5 times as long, as PIM has it (RFC 7761 section 4.11) */
  hold_ms = milliseconds("hold", hello_ms * 3.5 / 1000);
  if (enroll() != NO_ERROR) {
    stop();
    return 1;
  }
  for (uint32_t i = 0; i < given->dwInterfaceCount; ++i) {
    if (!listed(interfaces, given->pInterfaces[i].szName)) continue;
    take(&given->pInterfaces[i], MGMD_PROTOCOL_IPV4);
    take(&given->pInterfaces[i], MGMD_PROTOCOL_IPV6);
  }
  if (link_count == 0) {
    stop();
    return 1;
  }
  services->pfnFollowReleases(services, on_released, NULL, NULL);
  services->pfnFollowLinks(services, on_link, NULL, NULL); /* the first Hellos are said by this */
  services->pfnStartTimer(services, hello_ms, on_hello_time, NULL, NULL);
  return 0;
}

const MGMD_PROTOCOL* MgmdProtocol(void) {
  static const MGMD_PROTOCOL protocol = {MGMD_PROTOCOL_VERSION, start, goodbye, stop};
  return &protocol;
}
