/* SPDX-License-Identifier: Apache-2.0 */
/* Where a program's operations are done: the folder it takes for its root by then, and the user it is. */
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/doctor.h"

/* The word behind key at the beginning of a line of the program's own file, and "=", ":" or a blank between. */
static int setting(const char *file, const char *key, char *value, size_t size)
{
    FILE *stream = file ? fopen(file, "r") : NULL;
    char text[1024];
    int found = 0;
    while (stream && fgets(text, sizeof text, stream)) {
        const char *word = text + strspn(text, " \t");
        size_t length = strlen(key), gap = strncmp(word, key, length) == 0 ? strspn(word + length, " \t=:\"") : 0;
        if (gap > 0) {
            word += length + gap;
            snprintf(value, size, "%.*s", (int)strcspn(word, " \t\r\n;\""), word);
            found = 1;
        }
    }
    if (stream)
        fclose(stream);
    return found;
}

/* A file of its own that names no chroot has none, whatever is usual. */
void doctor_find_place(struct doctor *doctor, const char *chroot, const char *user)
{
    const struct program *row = doctor->row;
    int has_file = row && row->settings && access(row->settings, R_OK) == 0;
    if (chroot)
        snprintf(doctor->chroot, sizeof doctor->chroot, "%s", chroot);
    else if (has_file)
        setting(row->settings, "chroot", doctor->chroot, sizeof doctor->chroot);
    else if (row && row->chroot && access(row->chroot, X_OK) == 0)
        snprintf(doctor->chroot, sizeof doctor->chroot, "%s", row->chroot);
    if (user)
        snprintf(doctor->user, sizeof doctor->user, "%s", user);
    else if (!(has_file && setting(row->settings, "user", doctor->user, sizeof doctor->user)) && row && row->user)
        snprintf(doctor->user, sizeof doctor->user, "%s", row->user);
    if (!user && doctor->user[0] != '\0' && (geteuid() != 0 || !getpwnam(doctor->user)))
        doctor->user[0] = '\0'; /* what the table says is tried where it can be, what was asked for is an error */
    if (strcmp(doctor->chroot, "/") == 0)
        doctor->chroot[0] = '\0';
}

int doctor_become_user(struct doctor *doctor)
{
    const struct passwd *entry = getpwnam(doctor->user);
    if (!entry) {
        fprintf(stderr, "tlscard doctor: --user %s: there is no such user\n", doctor->user);
        return 0;
    }
    if (geteuid() == entry->pw_uid)
        return 1;
    if (initgroups(doctor->user, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 || setuid(entry->pw_uid) != 0) {
        fprintf(stderr, "tlscard doctor: --user %s: %s; run it as root, or as that user without --user\n", doctor->user,
                strerror(errno));
        return 0;
    }
    return 1;
}

int doctor_enter(struct doctor *doctor)
{
    const struct passwd *entry = doctor->user[0] != '\0' ? getpwnam(doctor->user) : NULL;
    gid_t groups[64];
    int count = (int)(sizeof groups / sizeof *groups);
    if (doctor->chroot[0] != '\0' && (chroot(doctor->chroot) != 0 || chdir("/") != 0)) {
        doctor_note(doctor, "Whether the card is found under %s, which the program takes for its root, was not tried: %s.",
                    doctor->chroot, errno == EPERM ? "run this as root" : strerror(errno));
        doctor->chroot[0] = '\0';
    }
    if (!entry || geteuid() == entry->pw_uid)
        return 1;
    if (getgrouplist(doctor->user, entry->pw_gid, groups, &count) < 0)
        count = 0;
    return setgroups((size_t)count, groups) == 0 && setgid(entry->pw_gid) == 0 && setuid(entry->pw_uid) == 0;
}

/* The path in a card's address, or the folder of simulated cards that is looked into without one; NULL for others. */
static const char *sockets_of(const char *address)
{
    const char *folder = secure_getenv("TLSCARD_SOCKET_DIR");
    if (strncmp(address, "vfio-user:", 10) == 0)
        return address + 10;
    return strcmp(address, "auto") != 0 ? NULL : folder && *folder != '\0' ? folder : "/run/tlscard";
}

/* Whether the sockets are there, but this user may not connect to any. */
static int is_denied(const char *path)
{
    DIR *folder = opendir(path);
    int denied = 0, allowed = 0;
    if (!folder)
        return errno == EACCES || (errno == ENOTDIR && access(path, W_OK) != 0 && errno == EACCES);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strncmp(entry->d_name, "function", 8) != 0)
            continue;
        if (faccessat(dirfd(folder), entry->d_name, W_OK, 0) == 0)
            allowed++;
        else if (errno == EACCES)
            denied++;
    }
    closedir(folder);
    return denied > 0 && allowed == 0;
}

int doctor_explain_no_card(struct doctor *doctor, const char *address, const char *message)
{
    const char *path = sockets_of(address);
    char remedy[3 * PATH_MAX];
    if (doctor->chroot[0] != '\0' && (!path || access(path, F_OK) != 0)) {
        if (path)
            snprintf(remedy, sizeof remedy, "mkdir -p %s%s && mount --bind %s %s%s, at each start; or have the program without "
                     "chroot", doctor->chroot, path, path, doctor->chroot, path);
        else
            snprintf(remedy, sizeof remedy, "start tlscard-sim and set \"address = vfio-user:/run/tlscard\": a simulation inside "
                     "the process cannot be loaded there");
        doctor_find(doctor, "no-card-in-chroot", remedy,
                    "No card could be opened under %s, which the program takes for its root before its first operation. %s",
                    doctor->chroot, message);
        return 1;
    }
    if (!path || !is_denied(path))
        return 0;
    snprintf(remedy, sizeof remedy, "start tlscard-sim with --mode 0660 and --group, and take the user%s%s into that group; "
             "the permissions of %s have to let it through", *doctor->user ? " " : "", doctor->user, path);
    doctor_find(doctor, "no-permission", remedy, "The card's sockets are there, but user %s may not connect to them. %s",
                *doctor->user ? doctor->user : "(this one)", message);
    return 1;
}
