#!/bin/sh
# Puts the program into this person's menu. It stays where it was unpacked; `install.sh remove` takes it out again.
set -eu
here=$(dirname "$(readlink -f "$0")")
data="${XDG_DATA_HOME:-$HOME/.local/share}"
entry="$data/applications/ai-call-copilot.desktop"
icon="$data/icons/hicolor/256x256/apps/ai-call-copilot.png"
if [ "${1:-}" = "remove" ]; then
    rm -f "$entry" "$icon"
    echo "Taken out of the menu. Your calls and settings are untouched."
    exit 0
fi
mkdir -p "$(dirname "$entry")" "$(dirname "$icon")"
cp "$here/ai-call-copilot.png" "$icon"
sed "s|^Exec=.*|Exec=\"$here/AppRun\"|" "$here/ai-call-copilot.desktop" > "$entry"
echo "AI Call CoPilot is in your menu now."
