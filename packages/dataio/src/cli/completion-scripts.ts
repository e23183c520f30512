/**
 * What makes a shell ask `dataio __complete` for completions. The command line is passed on as it is and what comes back
 * is never evaluated: names from an archive are offered by completion, and they may be hostile.
 */

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

const BASH = String.raw`# bash completion for dataio; load it with:  source <(dataio completion bash)
_dataio() {
  local text=${"$"}{COMP_LINE:0:COMP_POINT} line
  local before=${"$"}{text##*[[:space:]]}
  # Bash takes what is behind the last = or : for the word that it completes.
  before=${"$"}{before%"${"$"}{before##*[=:]}"}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :folders) compopt -o dirnames 2>/dev/null ;;
      :files) compopt -o default 2>/dev/null ;;
      ?*)
        line=${"$"}{line%%$'\t'*}
        COMPREPLY+=("$(printf '%q' "${"$"}{line#"$before"}")")
        ;;
    esac
  done < <("$1" __complete --line "${"$"}{text#*"$1"}" 2>/dev/null)
}
complete -F _dataio dataio
`;

const ZSH = String.raw`#compdef dataio
# zsh completion for dataio; load it with:  source <(dataio completion zsh)
_dataio() {
  local line
  local -a lines described
  lines=("${"$"}{(@f)$("${"$"}{(Q)words[1]}" __complete "${"$"}{(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "${"$"}lines[@]"; do
    case $line in
      :folders) _files -/; return ;;
      :files) _files; return ;;
      ?*$'\t'*) described+=("${"$"}{${"$"}{line%%$'\t'*}//:/\\:}:${"$"}{line#*$'\t'}") ;;
      ?*) described+=("${"$"}{line//:/\\:}") ;;
    esac
  done
  _describe dataio described
}
if [[ $funcstack[1] == _dataio ]]; then
  _dataio "$@"
else
  compdef _dataio dataio
fi
`;

const FISH = String.raw`# fish completion for dataio; load it with:  dataio completion fish | source
function __dataio_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  for line in (command $words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    switch $line
      case :folders
        __fish_complete_directories "$current" ''
      case :files
        __fish_complete_path "$current"
      case '*'
        printf '%s\n' $line
    end
  end
end
complete -c dataio -f -a '(__dataio_complete)'
`;

export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
