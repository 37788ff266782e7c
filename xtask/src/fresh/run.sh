# `cargo xtask run` as the README says it: an address is printed and answers, SIGTERM ends it, and nothing is left.
set -u
cd /srv/docket || exit 1
out=/tmp/run.out
cargo xtask run > "$out" &
xtask=$!
until grep -q '^Docket is ready' "$out"; do
    kill -0 "$xtask" 2> /dev/null || { cat "$out"; echo 'FAILED: it ended before it was ready'; exit 1; }
    sleep 1
done
cat "$out"
port=$(sed -n 's|.*127\.0\.0\.1:\([0-9]*\).*|\1|p' "$out" | head -n 1)
exec 3<> "/dev/tcp/127.0.0.1/$port" || { echo 'FAILED: the printed address is not listened on'; exit 1; }
printf 'GET / HTTP/1.0\r\nHost: 127.0.0.1:%s\r\n\r\n' "$port" >&3
read -r answer <&3
exec 3>&-
echo "the address answers: $answer"
case "$answer" in HTTP/1.*) ;; *) echo 'FAILED: that is no answer'; exit 1 ;; esac
kill -TERM "$xtask"
wait "$xtask"
code=$?
[ "$code" -eq 0 ] || { echo "FAILED: after SIGTERM it ended with $code"; exit 1; }
for process in /proc/[0-9]*; do
    # The first process of this machine runs this script; a process that ended meanwhile has no name any more.
    name=$(cat "$process/comm" 2> /dev/null) || continue
    [ "${process#/proc/}" -eq $$ ] && continue
    case "$name" in cat | bash | sh) continue ;; esac
    echo "FAILED: $name was left behind"
    exit 1
done
echo 'SIGTERM ended it, and nothing is left'
