// The grammar of lrc. What a phase may and may not say beyond this (which clauses go with which
// word, each once, in any order) is checked after parsing, where the mistake can be explained.
grammar Lrc;

@parser::members {
// `hold 0.1x weight_decay by 0.5` in a group: the name begins a factor, it is no clause of `hold`.
bool factorAhead() { return _input->LA(2) == BY; }
}

// A comma that parts the positions of a clause, not the arguments of a call: told apart before
// parsing, in mark_positions, since `min(step by 0.1 at 30, 60 epochs, 0.5x)` has both.
tokens { NEXT_POSITION }

source : policy+ EOF | definition+ EOF | schedule EOF ;

// What a flag carries: `--run '100K steps'`, `--rate '1 epoch = 100 steps'`.
loneValue : value EOF ;
loneRate : rate EOF ;

policy : 'policy' name 'version' NUMBER '{' item* '}' ;

item
  : 'owner' STRING                                                  # owner
  | 'run' value                                                     # run
  | 'batch' value 'per' unit                                        # batch
  | 'peak' (name '=')? value                                        # peak
  | 'param' name ':' type ('=' given=value)? ('in' low=value '..' high=value)?  # parameter
  | 'group' name 'matches' STRING (',' STRING)* '{' groupItem* '}'  # group
  | clamp                                                           # policyClamp
  | rate                                                            # conversion
  | name '=' schedule                                               # output
  ;

groupItem
  : name '=' schedule  # groupOutput
  | name BY value    # groupFactor
  | clamp              # groupClamp
  ;

clamp : 'clamp' name 'to' value '..' value ;
rate : NUMBER unit '=' value ;

// A comma may stand before `then`, as one would write it.
schedule : part (COMMA? 'then' part)* ;
part : call | phase | quantity ;
call : WORD '(' argument (',' argument)* ')' ;
argument : (name ':')? schedule ;

phase : (WORD | 'step') clause* ('{' schedule '}')? ;

clause
  : 'to' value
  | 'from' value
  | 'for' value
  | 'until' value
  | 'over' value ('..' value)?
  | 'last' value
  | 'every' (value | unit)
  | 'per' (value | unit)
  | 'at' value (NEXT_POSITION value)*
  | BY value
  | 'growing' BY value
  | 'power' value
  | 'timescale' value
  | 'between' value 'and' value
  | 'reversed' WORD
  | {!factorAhead()}? value
  ;

value : quantity | WORD ;
quantity : '-'? (NUMBER (unit | '%' | 'x')? | SHARE | LEVEL) ;
type : 'rate' | 'number' | 'x' | '%' | unit ;
unit
  : 'step' | 'steps' | 'sample' | 'samples' | 'token' | 'tokens' | 'epoch' | 'epochs'
  | 'second' | 'seconds'
  ;
name : WORD | 'peak' | 'batch' | 'power' | 'rate' | 'number' | 'owner' | 'run' | 'timescale' ;

definition : 'curve' name '(' name (',' name)* ')' '=' formula ;
formula
  : <assoc=right> formula '^' formula       # power
  | '-' formula                             # negation
  | formula ('*' | '/') formula             # product
  | formula ('+' | '-') formula             # sum
  | NUMBER                                  # literal
  | WORD '(' formula (',' formula)* ')'     # application
  | name                                    # variable
  | '(' formula ')'                         # grouped
  ;

BY : 'by' ;
AT : 'at' ;
COMMA : ',' ;
OPEN : '(' ;
CLOSE : ')' ;
NUMBER : DECIMAL MAGNITUDE? ;
SHARE : DECIMAL MAGNITUDE? '%' ;
LEVEL : DECIMAL MAGNITUDE? 'x' ;
// A number with letters behind it that are neither a magnitude nor `%` nor `x`: explained later.
BAD_NUMBER : DECIMAL [A-Za-z_%] [A-Za-z0-9_%]* ;
WORD : [A-Za-z_] [A-Za-z0-9_]* ;
STRING : '"' ~["\r\n]* '"' ;
COMMENT : '#' ~[\r\n]* -> skip ;
SPACE : [ \t\r\n\f\u000B]+ -> skip ;
UNKNOWN : . ;

fragment DECIMAL : (DIGITS ('.' DIGITS)? | '.' DIGITS) ([eE] [+-]? [0-9]+)? ;
fragment DIGITS : [0-9] [0-9_]* ;
fragment MAGNITUDE : [KMBT] | 'Ki' | 'Mi' ;
