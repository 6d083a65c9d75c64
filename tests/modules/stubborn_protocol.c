/* A protocol module that stands still where its options say, until somebody opens and closes the other end of a FIFO:
 *
 *   options = { interface = "dn1", hang = "JOIN", gate = "/path/of/fifo" }
 *
 * hang is "JOIN" or "PRUNE" (the callback), "timer" (that of one), "pfnStart", "pfnGoodbye", "pfnStop"; or
 * "thread": nothing stands still, but pfnStop waits for a thread of the module's that begins calls only then; or
 * "call": a thread of the module's stands still and then makes a call, and pfnStop waits for it; or "name": nothing
 * stands still, and its client's name is no UTF-8.
 */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mgm.h"
#include "mgm_ext.h"
#include "mgmd_protocol.h"

#define PROTOCOL PROTOCOL_ID(PROTO_TYPE_MCAST, PROTO_VENDOR_MS2, 0x5354)

static const MGMD_PROTOCOL_ARGUMENTS* arguments;
static HANDLE client;
static DWORD interface_index;
static pthread_t thread;
static sem_t stopping;

static const char* option(const char* name) {
  for (uint32_t i = 0; i < arguments->dwOptionCount; ++i) {
    if (strcmp(arguments->pOptions[i].szName, name) == 0) return arguments->pOptions[i].szValue;
  }
  return "";
}

static void hang_in(const char* where) {
  char byte;
  int gate;
  if (strcmp(option("hang"), where) != 0) return;
  arguments->pfnLog(arguments->szName, "stands still");
  gate = open(option("gate"), O_RDONLY);
  while (read(gate, &byte, 1) > 0) {
  }
  close(gate);
}

static DWORD on_join(DWORD source, DWORD source_mask, DWORD group, DWORD group_mask, BOOL membership) {
  (void)source, (void)source_mask, (void)group, (void)group_mask, (void)membership;
  hang_in("JOIN");
  return NO_ERROR;
}

static DWORD on_prune(DWORD source, DWORD source_mask, DWORD group, DWORD group_mask, DWORD interface, DWORD next_hop,
                      BOOL membership, PDWORD timeout) {
  (void)source, (void)source_mask, (void)group, (void)group_mask, (void)interface, (void)next_hop, (void)membership;
  (void)timeout;
  hang_in("PRUNE");
  return NO_ERROR;
}

static void on_timer(void* unused) {
  (void)unused;
  hang_in("timer");
}

static void* call_while_stopping(void* unused) {
  char line[80];
  DWORD protocol, component, own, anybodys;
  (void)unused;
  sem_wait(&stopping);
  own = MgmAddGroupMembershipEntry(client, 0, 0, 0, 0, interface_index, 0, MGM_JOIN_STATE_FLAG);
  anybodys = MgmGetProtocolOnInterface(interface_index, 0, &protocol, &component);
  snprintf(line, sizeof(line), "calls while it stops: %u %u", own, anybodys);
  arguments->pfnLog(arguments->szName, line);
  return NULL;
}

static void* call_when_told(void* unused) {
  char line[80];
  (void)unused;
  hang_in("call");
  snprintf(line, sizeof(line), "its call: %u",
           MgmAddGroupMembershipEntry(client, 0, 0, 0, 0, interface_index, 0, MGM_JOIN_STATE_FLAG));
  arguments->pfnLog(arguments->szName, line);
  return NULL;
}

static uint32_t start(const MGMD_PROTOCOL_ARGUMENTS* given) {
  ROUTING_PROTOCOL_CONFIG callbacks;
  arguments = given;
  memset(&callbacks, 0, sizeof(callbacks));
  callbacks.pfnJoinAlertCallback = on_join;
  callbacks.pfnPruneAlertCallback = on_prune;
  if (MgmRegisterMProtocol(&callbacks, PROTOCOL, given->dwComponentId, &client) != NO_ERROR) return 1;
  MgmExtNameClient(client, strcmp(option("hang"), "name") == 0 ? "\xff\xfe is no UTF-8" : given->szName);
  for (uint32_t i = 0; i < given->dwInterfaceCount; ++i) {
    if (strcmp(given->pInterfaces[i].szName, option("interface")) == 0) {
      interface_index = given->pInterfaces[i].dwIfIndex;
    }
  }
  if (MgmTakeInterfaceOwnership(client, interface_index, 0) != NO_ERROR) return 2;
  hang_in("pfnStart");
  given->pServices->pfnStartTimer(given->pServices, 0, on_timer, NULL, NULL);
  sem_init(&stopping, 0, 0);
  if (strcmp(option("hang"), "thread") == 0) pthread_create(&thread, NULL, call_while_stopping, NULL);
  if (strcmp(option("hang"), "call") == 0) pthread_create(&thread, NULL, call_when_told, NULL);
  return 0;
}

static void goodbye(void) { hang_in("pfnGoodbye"); }

static void stop(void) {
  hang_in("pfnStop");
  if (strcmp(option("hang"), "thread") == 0) {
    sem_post(&stopping);
    pthread_join(thread, NULL);
  }
  if (strcmp(option("hang"), "call") == 0) pthread_join(thread, NULL);
  MgmReleaseInterfaceOwnership(client, interface_index, 0);
  MgmDeRegisterMProtocol(client);
}

const MGMD_PROTOCOL* MgmdProtocol(void) {
  static const MGMD_PROTOCOL protocol = {MGMD_PROTOCOL_VERSION, start, goodbye, stop};
  return &protocol;
}
