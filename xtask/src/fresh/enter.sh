# Enters the machine in ROOT and runs the script in SCRIPT there. It runs with mounts and processes of its own: when it
# ends, so do they.
set -eu
mount --make-rprivate /
mount -t proc proc "$ROOT/proc"
mount --rbind /sys "$ROOT/sys"
mkdir -p "$ROOT/dev/shm" "$ROOT/dev/pts"
mount -t tmpfs tmpfs "$ROOT/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$ROOT/dev/pts"
for device in null zero full random urandom tty; do
    touch "$ROOT/dev/$device" 2> /dev/null || true
    mount --bind "/dev/$device" "$ROOT/dev/$device"
done
mkdir -p "$ROOT/opt/rust" "$ROOT/mnt/docket"
mount --bind -o ro "$SYSROOT" "$ROOT/opt/rust"
mount --bind -o ro "$WORKSPACE" "$ROOT/mnt/docket"
exec chroot "$ROOT" /usr/bin/bash -c "$SCRIPT"
