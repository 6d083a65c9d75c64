/* An example of a multicast routing protocol for mgmd, of IPv4 and IPv6, as a module:
 *
 *   cc -std=c99 -shared -fPIC example_protocol.c $(pkg-config --cflags --libs mgm) -o libexample_protocol.so
 *
 *   [protocol.example]
 *   module  = "libexample_protocol.so"
 *   options = { interfaces = "dn1 dn2", groups = "239.7.7.7 ff0e::7" }
 *
 * It does what every protocol does with the Group Manager and leaves out what its own packets would be: where a real
 * one sends a join or a prune to its neighbours, it writes a line. docs/mgm.md explains each call. All of it runs on
 * the control thread: a protocol with threads of its own calls the same functions from there. A protocol of one family
 * leaves out the other's half: nothing of the one needs the other.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "mgm.h"
#include "mgm6.h"
#include "mgm_ext.h"
#include "mgmd_protocol.h"

#define PROTOCOL PROTOCOL_ID(PROTO_TYPE_MCAST, PROTO_VENDOR_MS2, 0x4558)
#define MAX_INTERFACES 64
#define HOST_MASK 0xFFFFFFFFu
#define HOST_LENGTH 128u
#define PRUNED_SECONDS 60u

static const MGMD_PROTOCOL_ARGUMENTS* arguments;
static HANDLE client; /* the same in both families, since it registers with the same ids */

/* The interfaces that are ours, of each family by itself. */
struct owned {
  DWORD interfaces[MAX_INTERFACES];
  DWORD count;
};
static struct owned owned, owned6;

/* --- What the others' receivers need of us; addresses as inet_ntop takes them. */

static const char* text_of(int family, const void* address, char* text) {
  static const struct in6_addr any;
  if (memcmp(address, &any, family == AF_INET ? sizeof(struct in_addr) : sizeof(any)) == 0) return "*";
  return inet_ntop(family, address, text, INET6_ADDRSTRLEN);
}

static void say(const char* what, int family, const void* source, const void* group) {
  char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN], line[160];
  snprintf(line, sizeof(line), "%s (%s,%s)", what, text_of(family, source, from), text_of(family, group, to));
  arguments->pfnLog(arguments->szName, line);
}

/* Receivers are behind other protocols' interfaces: ask our neighbours for the data. */
static void join(int family, const void* source, const void* group, BOOL membership) {
  say(membership ? "would join upstream" : "would graft", family, source, group);
}

/* None are left: stop asking. A stream that is dropped here comes up for decision again in a minute, not in fifteen. */
static void prune(int family, const void* source, const void* group, BOOL membership, PDWORD timeout) {
  say(membership ? "would leave upstream" : "would prune", family, source, group);
  if (!membership) *timeout = PRUNED_SECONDS;
}

/* --- Callbacks. A new stream would leave by our interfaces: in CREATION, clearing bIsEnabled would keep it off one,
 * and nothing else may be changed. LOCAL_JOIN: IGMP, or MLD, has hosts on an interface of ours; they are our receivers
 * now, and the manager counts them as such. The return value is ignored. */

static DWORD on_join(DWORD source, DWORD source_mask, DWORD group, DWORD group_mask, BOOL membership) {
  (void)source_mask, (void)group_mask;
  join(AF_INET, &source, &group, membership);
  return NO_ERROR;
}

static DWORD on_prune(DWORD source, DWORD source_mask, DWORD group, DWORD group_mask, DWORD interface, DWORD next_hop,
                      BOOL membership, PDWORD timeout) {
  (void)source_mask, (void)group_mask, (void)interface, (void)next_hop;
  prune(AF_INET, &source, &group, membership, timeout);
  return NO_ERROR;
}

static DWORD on_creation(DWORD source, DWORD source_mask, DWORD group, DWORD group_mask, DWORD in_interface,
                         DWORD in_next_hop, DWORD count, PMGM_IF_ENTRY oifs) {
  (void)source_mask, (void)group_mask, (void)in_interface, (void)in_next_hop, (void)count, (void)oifs;
  say("forwards", AF_INET, &source, &group);
  return NO_ERROR;
}

static DWORD on_local_join(DWORD source, DWORD source_mask, DWORD group, DWORD group_mask, DWORD interface,
                           DWORD next_hop) {
  (void)source_mask, (void)group_mask, (void)interface, (void)next_hop;
  say("has hosts of", AF_INET, &source, &group);
  return NO_ERROR;
}

static DWORD on_join6(const struct in6_addr* source, DWORD source_length, const struct in6_addr* group,
                      DWORD group_length, BOOL membership) {
  (void)source_length, (void)group_length;
  join(AF_INET6, source, group, membership);
  return NO_ERROR;
}

static DWORD on_prune6(const struct in6_addr* source, DWORD source_length, const struct in6_addr* group,
                       DWORD group_length, DWORD interface, const struct in6_addr* next_hop, BOOL membership,
                       PDWORD timeout) {
  (void)source_length, (void)group_length, (void)interface, (void)next_hop;
  prune(AF_INET6, source, group, membership, timeout);
  return NO_ERROR;
}

static DWORD on_creation6(const struct in6_addr* source, DWORD source_length, const struct in6_addr* group,
                          DWORD group_length, DWORD in_interface, const struct in6_addr* in_next_hop, DWORD count,
                          PMGM6_IF_ENTRY oifs) {
  (void)source_length, (void)group_length, (void)in_interface, (void)in_next_hop, (void)count, (void)oifs;
  say("forwards", AF_INET6, source, group);
  return NO_ERROR;
}

static DWORD on_local_join6(const struct in6_addr* source, DWORD source_length, const struct in6_addr* group,
                            DWORD group_length, DWORD interface, const struct in6_addr* next_hop) {
  (void)source_length, (void)group_length, (void)interface, (void)next_hop;
  say("has hosts of", AF_INET6, source, group);
  return NO_ERROR;
}

/* --- Start-up and shutdown. */

static const char* option(const char* name) {
  for (uint32_t i = 0; i < arguments->dwOptionCount; ++i) {
    if (strcmp(arguments->pOptions[i].szName, name) == 0) return arguments->pOptions[i].szValue;
  }
  return NULL;
}

/* Whether a word stands in a list that is separated by blanks. */
static int listed(const char* list, const char* word) {
  const size_t length = strlen(word);
  for (const char* at = list; (at = strstr(at, word)) != NULL; at += length) {
    if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) return 1;
  }
  return 0;
}

static DWORD enroll(DWORD component, DWORD families) {
  ROUTING_PROTOCOL_CONFIG callbacks;
  MGM6_PROTOCOL_CONFIG callbacks6;
  DWORD code = NO_ERROR;
  memset(&callbacks, 0, sizeof(callbacks));
  callbacks.pfnJoinAlertCallback = on_join;
  callbacks.pfnPruneAlertCallback = on_prune;
  callbacks.pfnCreationAlertCallback = on_creation;
  callbacks.pfnLocalJoinCallback = on_local_join;
  memset(&callbacks6, 0, sizeof(callbacks6));
  callbacks6.pfnJoinAlertCallback = on_join6;
  callbacks6.pfnPruneAlertCallback = on_prune6;
  callbacks6.pfnCreationAlertCallback = on_creation6;
  callbacks6.pfnLocalJoinCallback = on_local_join6;
  if (families & MGMD_PROTOCOL_IPV4) code = MgmRegisterMProtocol(&callbacks, PROTOCOL, component, &client);
  if (code != NO_ERROR) return code;
  if (families & MGMD_PROTOCOL_IPV6) code = Mgm6RegisterMProtocol(&callbacks6, PROTOCOL, component, &client);
  return code;
}

/* An interface in each family in which mgmd has it. Another protocol's stays its own; one where IGMP, or MLD, is alone
 * can be taken. */
static void take(const MGMD_PROTOCOL_INTERFACE* interface) {
  const DWORD index = interface->dwIfIndex;
  if (interface->dwFamilies & MGMD_PROTOCOL_IPV4 && owned.count < MAX_INTERFACES &&
      MgmTakeInterfaceOwnership(client, index, 0) == NO_ERROR) {
    owned.interfaces[owned.count++] = index;
  }
  if (interface->dwFamilies & MGMD_PROTOCOL_IPV6 && owned6.count < MAX_INTERFACES &&
      Mgm6TakeInterfaceOwnership(client, index, NULL) == NO_ERROR) {
    owned6.interfaces[owned6.count++] = index;
  }
}

/* What the others have joined before we came: nobody tells us but the enumeration. */
static void learn_groups(void) {
  HANDLE enumeration;
  SOURCE_GROUP_ENTRY entries[32];
  DWORD code;
  if (MgmGroupEnumerationStart(client, ALL_SOURCES, &enumeration) != NO_ERROR) return;
  do {
    DWORD size = sizeof(entries);
    DWORD count = 0;
    code = MgmGroupEnumerationGetNext(enumeration, &size, (PBYTE)entries, &count);
    for (DWORD i = 0; i < count; ++i) join(AF_INET, &entries[i].dwSourceAddr, &entries[i].dwGroupAddr, TRUE);
  } while (code == NO_ERROR || code == ERROR_MORE_DATA);
  MgmGroupEnumerationEnd(enumeration);
}

static void learn_groups6(void) {
  HANDLE enumeration;
  SOURCE_GROUP_ENTRY6 entries[32];
  DWORD code;
  if (Mgm6GroupEnumerationStart(client, ALL_SOURCES, &enumeration) != NO_ERROR) return;
  do {
    DWORD size = sizeof(entries);
    DWORD count = 0;
    code = Mgm6GroupEnumerationGetNext(enumeration, &size, (PBYTE)entries, &count);
    for (DWORD i = 0; i < count; ++i) join(AF_INET6, &entries[i].SourceAddr, &entries[i].GroupAddr, TRUE);
  } while (code == NO_ERROR || code == ERROR_MORE_DATA);
  Mgm6GroupEnumerationEnd(enumeration);
}

/* On each of our interfaces of the group's family. */
static void join_group(const char* word) {
  struct in_addr group;
  struct in6_addr group6;
  if (inet_pton(AF_INET, word, &group) == 1) {
    for (DWORD i = 0; i < owned.count; ++i) {
      MgmAddGroupMembershipEntry(client, 0, 0, group.s_addr, HOST_MASK, owned.interfaces[i], 0, MGM_JOIN_STATE_FLAG);
    }
  } else if (inet_pton(AF_INET6, word, &group6) == 1) {
    for (DWORD i = 0; i < owned6.count; ++i) {
      Mgm6AddGroupMembershipEntry(client, NULL, 0, &group6, HOST_LENGTH, owned6.interfaces[i], NULL,
                                  MGM_JOIN_STATE_FLAG);
    }
  }
}

static void stop(void) {
  while (owned.count > 0) MgmReleaseInterfaceOwnership(client, owned.interfaces[--owned.count], 0);
  while (owned6.count > 0) Mgm6ReleaseInterfaceOwnership(client, owned6.interfaces[--owned6.count], NULL);
  /* Where it is not registered in the family, this fails and changes nothing. */
  MgmDeRegisterMProtocol(client);
  Mgm6DeRegisterMProtocol(client);
  client = NULL; /* dead: any call with it would get ERROR_INVALID_PARAMETER */
}

static uint32_t start(const MGMD_PROTOCOL_ARGUMENTS* given) {
  const char* interfaces;
  const char* groups;
  char word[INET6_ADDRSTRLEN];
  int used = 0;
  DWORD families = 0;
  arguments = given;
  interfaces = option("interfaces");
  for (uint32_t i = 0; i < given->dwInterfaceCount; ++i) families |= given->pInterfaces[i].dwFamilies;
  if (enroll(given->dwComponentId, families) != NO_ERROR) {
    stop();
    return 1;
  }
  MgmExtNameClient(client, given->szName);

  for (uint32_t i = 0; i < given->dwInterfaceCount; ++i) {
    if (interfaces == NULL || listed(interfaces, given->pInterfaces[i].szName)) take(&given->pInterfaces[i]);
  }
  if (owned.count + owned6.count == 0) {
    stop();
    return 1;
  }
  learn_groups();
  learn_groups6();
  groups = option("groups");
  for (; groups != NULL && sscanf(groups, "%45s%n", word, &used) == 1; groups += used) join_group(word);
  return 0;
}

const MGMD_PROTOCOL* MgmdProtocol(void) {
  static const MGMD_PROTOCOL protocol = {MGMD_PROTOCOL_VERSION, start, NULL, stop};
  return &protocol;
}
