# Runs by `sh -c` in a container without node; prints tab-separated lines: shapes, never a value.
# Arguments: D host port | F path ... in order.
has() { command -v "$1" >/dev/null 2>&1; }
say() { printf '%s\t' "$@"; echo; }

dial() {
  case $1 in *[!0-9.]*)
    # busybox's nslookup exits with 1 for a name that does not exist and prints why.
    if has nslookup; then
      answer=$(timeout 6 nslookup "$1" 2>&1) || case $answer in
        *NXDOMAIN* | *"can't resolve"* | *"Name or service not known"* | *"Name does not resolve"*) say D "$1" "$2" no-such-name; return ;;
        *) say D "$1" "$2" name-unresolved; return ;;
      esac
    fi ;;
  esac
  if has nc; then
    answer=$(timeout 5 nc -z -w 4 "$1" "$2" 2>&1); code=$?
  elif has bash; then
    answer=$(timeout 5 bash -c "exec 3<>/dev/tcp/$1/$2" 2>&1); code=$?
  else
    say D "$1" "$2" no-tool; return
  fi
  case "$code $answer" in
    "0 "*) say D "$1" "$2" connected ;;
    *refused*) say D "$1" "$2" refused ;;
    *nreachable* | *"No route"*) say D "$1" "$2" unreachable ;;
    *) say D "$1" "$2" timed-out ;;
  esac
}

shape() {
  case $1 in
    *"<no value>"*) echo no-value ;;
    '' | '""' | "''") echo empty ;;
    *) echo set ;;
  esac
}

file() {
  if [ ! -e "$1" ]; then say F "$1" absent 0; return; fi
  if [ ! -r "$1" ]; then say F "$1" unreadable 0; return; fi
  say F "$1" present "$(wc -c <"$1")"
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      '' | '#'*) ;;
      'export '*=*) rest=${line#export }; say V "$1" "${rest%%=*}" "$(shape "${rest#*=}")" ;;
      [A-Za-z_]*=*) say V "$1" "${line%%=*}" "$(shape "${line#*=}")"; say B "$1" ;;
      *) say B "$1" ;;
    esac
  done <"$1"
}

while [ $# -gt 0 ]; do
  case $1 in
    D) dial "$2" "$3" & shift 3 ;;
    F) file "$2"; shift 2 ;;
  esac
done
wait
