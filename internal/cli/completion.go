package cli

import (
	"context"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" help:"bash, zsh or fish." enum:"bash,zsh,fish"`
}

// Help is the rest of `stele help completion`.
func (*completionCmd) Help() string {
	return `To have it in every new shell, once:

  stele completion bash > ~/.local/share/bash-completion/completions/stele
  stele completion zsh > "${fpath[1]}/_stele"
  stele completion fish > ~/.config/fish/completions/stele.fish

Or in a shell's own start: source <(stele completion bash). Names of tables and their fields come from the server, where the API key is in
STELE_API_KEY or in the file of STELE_API_KEY_FILE; those of agents where the admin key is found.`
}

// Run prints the script that a shell reads. All it knows is how to ask complete-words.
func (c *completionCmd) Run(p *Process) error {
	_, err := io.WriteString(p.Stdout, map[string]string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}[c.Shell])
	return err
}

type completeWordsCmd struct {
	Shell string   `arg:"" enum:"bash,zsh,fish"`
	Words []string `arg:"" optional:""`
}

// Run prints what the last word may become, a line for each: the word, and behind a tab what it is for. Where names of files are meant
// the line is :file or :dir, and the shell looks for them. Nothing that goes wrong is told: it would stand in somebody's command line.
func (c *completeWordsCmd) Run(ctx context.Context, p *Process, parser *kong.Kong) error {
	words, cut := c.Words, 0
	if c.Shell == "bash" {
		words, cut = joinWords(words)
	}
	if len(words) == 0 {
		words = []string{""}
	}
	var b strings.Builder
	for _, s := range newCompletion(ctx, p, parser.Model).words(words) {
		switch {
		case strings.HasPrefix(s.word, ":"):
			b.WriteString(s.word + "\n")
		case c.Shell == "bash":
			b.WriteString(s.word[cut:] + "\n")
		default:
			b.WriteString(s.word + "\t" + s.help + "\n")
		}
	}
	_, err := io.WriteString(p.Stdout, b.String())
	return err
}

// joinWords undoes what bash does to --mode=par and to http://127.0.0.1: it takes = and : for words of their own. cut is how much of the
// last word bash has taken off.
func joinWords(words []string) (joined []string, cut int) {
	open := false // the next word goes to the one before
	for _, w := range words {
		mark := w != "" && strings.Trim(w, "=:") == ""
		if (mark || open) && len(joined) > 0 {
			cut = len(joined[len(joined)-1])
			joined[len(joined)-1] += w
		} else {
			joined, cut = append(joined, w), 0
		}
		if open = mark; mark {
			cut = len(joined[len(joined)-1])
		}
	}
	return joined, cut
}

const bashScript = `# Completion of stele for bash: source <(stele completion bash)
_stele() {
	local cur=${COMP_WORDS[COMP_CWORD]} line name
	[[ $cur == *[!=:]* ]] || cur=
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:file | :dir)
			compopt -o filenames 2>/dev/null
			while IFS= read -r name; do
				COMPREPLY+=("$name")
			done < <(if [[ $line == :dir ]]; then compgen -d -- "$cur"; else compgen -f -- "$cur"; fi) ;;
		*) COMPREPLY+=("$line") ;;
		esac
	done < <("${COMP_WORDS[0]}" complete-words bash -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _stele stele
`

const zshScript = `#compdef stele
# Completion of stele for zsh: source <(stele completion zsh), behind compinit
_stele() {
	local line
	local -a found
	for line in "${(@f)$("${(Q)words[1]}" complete-words zsh -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
		case $line in
		'') ;;
		:file)
			[[ $PREFIX == -*=* ]] && compset -P 1 '*='
			_files ;;
		:dir)
			[[ $PREFIX == -*=* ]] && compset -P 1 '*='
			_files -/ ;;
		*) found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
		esac
	done
	(( $#found )) && _describe -V stele found
}
if [[ ${funcstack[1]} == _stele ]]; then _stele; else compdef _stele stele; fi
`

const fishScript = `# Completion of stele for fish: stele completion fish | source
function __stele_complete
	set -l words (commandline -opc)
	set -l cur (commandline -ct)
	set -l stele $words[1]
	set -e words[1]
	set -l before (string match -r -- '^--[^=]*=' $cur)
	set -l rest (string replace -r -- '^--[^=]*=' '' $cur)
	for line in ($stele complete-words fish -- $words "$cur" 2>/dev/null)
		switch $line
			case :file
				for name in (__fish_complete_path "$rest")
					echo "$before$name"
				end
			case :dir
				for name in (__fish_complete_directories "$rest")
					echo "$before$name"
				end
			case '*'
				echo $line
		end
	end
end
complete -c stele -f -k -a '(__stele_complete)'
`
