#!/bin/sh
# Opens a report in headless Chromium: no console message, charts and pictures there, no horizontal scroll at 390 pixels; and, where a
# folder is given, screenshots of it at the widths of a desk and a phone, light and dark.
# Usage: check_report.sh REPORT.html [FOLDER]
set -eu
report=$(realpath "$1")
shots=${2:-}
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
flags="--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars"
# A page that frames the report at each width and writes down what it sees; file access is for this page alone.
cat > "$profile/look.html" <<PAGE
<!DOCTYPE html><title>look</title><body><script>
const widths = [390, 768, 1280]; let left = widths.length;
for (const width of widths) {
  const frame = document.createElement("iframe");
  frame.style.cssText = "border:0;height:900px;width:" + width + "px"; frame.src = "file://$report";
  frame.onload = () => {
    const page = frame.contentDocument, root = page.documentElement;
    const line = document.createElement("p");
    line.textContent = ["width", width, "scrollWidth", root.scrollWidth, "charts", page.querySelectorAll("svg.chart").length,
      "pictures", [...page.images].filter(one => one.naturalWidth > 0).length, "of", page.images.length].join(" ");
    document.body.append(line); if (--left === 0) document.title = "looked";
  };
  document.body.append(frame);
}
</script></body>
PAGE
# shellcheck disable=SC2086
chromium $flags --user-data-dir="$profile/look" --allow-file-access-from-files --enable-logging=stderr --virtual-time-budget=8000 \
    --dump-dom "file://$profile/look.html" > "$profile/dom.html" 2> "$profile/stderr.txt"
grep -o 'width [0-9]* scrollWidth [0-9]* charts [0-9]* pictures [0-9]* of [0-9]*' "$profile/dom.html" | sort -u -n -k2 > "$profile/seen.txt"
cat "$profile/seen.txt"
fail=0
[ "$(wc -l < "$profile/seen.txt")" -eq 3 ] || { echo "the page was not seen at every width"; fail=1; }
while read -r _ width _ scroll _ charts _ there _ all; do
    [ "$scroll" -le "$width" ] || { echo "horizontal scroll at $width pixels: the page is $scroll wide"; fail=1; }
    [ "$charts" -gt 0 ] || { echo "no charts at $width pixels"; fail=1; }
    [ "$there" -eq "$all" ] || { echo "pictures are missing at $width pixels"; fail=1; }
done < "$profile/seen.txt"
if grep -q 'CONSOLE' "$profile/stderr.txt"; then grep 'CONSOLE' "$profile/stderr.txt"; fail=1; fi
if grep -E 'https?://' "$report" | grep -q -v 'www.w3.org'; then echo "the page names something elsewhere"; fail=1; fi
if [ -n "$shots" ]; then
    mkdir -p "$shots"
    for look in "desk 1280,2400" "phone 390,3000"; do
        name=${look%% *}; size=${look#* }
        # shellcheck disable=SC2086
        chromium $flags --user-data-dir="$profile/$name" --window-size="$size" --screenshot="$shots/$name.png" "file://$report" 2> /dev/null
        # shellcheck disable=SC2086
        chromium $flags --user-data-dir="$profile/$name-dark" --window-size="$size" --blink-settings=preferredColorScheme=0 \
            --screenshot="$shots/$name-dark.png" "file://$report" 2> /dev/null
    done
fi
[ "$fail" -eq 0 ] && echo "the report holds" || exit 1
