// The grammar of lrc. What a phase may and may not say beyond this (which clauses go with which
// word, each once, in any order) is checked after parsing, where the mistake can be explained.
grammar Lrc;

@parser::members {
// `hold 0.1x weight_decay by 0.5` in a group: the name begins a factor, it is no clause of `hold`.
bool factorAhead() {
  const auto first = _input->LA(1);
  return _input->LA(2) == BY && first != NUMBER && first != SHARE && first != LEVEL;
}
}

// A comma that parts the positions of a clause, not the arguments of a call: told apart before
// parsing, in mark_positions, since `min(step by 0.1 at 30, 60 epochs, 0.5x)` has both. And `sample`
// where it begins a convention and is no unit, since a number may end the line before.
tokens { NEXT_POSITION, READING }

source : use* (policy | definition | test)+ EOF | schedule EOF ;

// What a flag carries: `--run '100K steps'`, `--rate '1 epoch = 100 steps'`.
loneValue : value EOF ;
loneRate : rate EOF ;

use : 'use' name ;

definition
  : let                                                                      # definedLet
  | 'curve' name '(' name (COMMA name)* ')' '=' value                        # definedCurve
  | 'schedule' name '(' (formal (COMMA formal)*)? ')' '=' schedule           # definedSchedule
  ;
let : 'let' name '=' value ;
formal : name ':' type ('=' value)? ;

policy : 'policy' name 'version' NUMBER '{' item* '}' ;

item
  : 'owner' STRING                                                  # owner
  | 'run' value                                                     # run
  | 'stop' AT value                                                 # stop
  | 'batch' value 'per' unit (COMMA growth)*                        # batch
  | rate (COMMA growth)*                                            # conversion
  | 'peak' (name '=')? value                                        # peak
  | 'param' name ':' type ('=' given=value)? ('in' low=value '..' high=value)?  # parameter
  | let                                                             # policyLet
  | 'group' name 'matches' STRING (COMMA STRING)* ('of' NUMBER)? '{' groupItem* '}'  # group
  | clamp                                                           # policyClamp
  | 'scale' name WORD 'with' 'batch' 'from' value                   # scale
  | convention (COMMA convention)*                                  # policyConventions
  | 'mark' STRING AT value                                          # mark
  | 'require' name claim                                            # require
  | 'metric' name (COMMA name)*                                     # metrics
  | 'on' trigger (COMMA condition)* '{' (reaction | signal)* '}'    # reactive
  | name '=' schedule                                               # output
  ;

groupItem
  : name '=' schedule                    # groupOutput
  | name BY value                        # groupFactor
  | clamp                                # groupClamp
  | 'frozen' (('for' | 'until') value)?  # groupFrozen
  ;

clamp : 'clamp' name 'to' value '..' value ;
rate : NUMBER unit '=' value ;
growth : 'growing' 'to' value (AT value | 'over' value 'in' 'steps' 'of' value) ;

claim
  : 'never' ('above' | 'below') value                    # bound
  | 'continuous'                                         # continuous
  | ('rises' | 'falls') ('after' value)? ('until' value)?  # monotone
  | 'reaches' value                                      # reaches
  | 'ends' AT value                                      # ends
  ;

trigger
  : 'plateau' 'of' name ('falling' | 'rising') 'for' NUMBER ('evals' | 'eval')     # plateau
  | 'spike' 'of' name 'above' value 'times' 'its' 'mean' 'over' value              # spike
  | 'nonfinite' name (COMMA name)*                                                 # nonfinite
  | 'threshold' 'of' name ('above' | 'below') value                                # threshold
  ;
condition
  : 'threshold' value ('relative' | 'absolute')  # tolerance
  | 'cooldown' NUMBER ('evals' | 'eval')         # rest
  | 'after' value                                # after
  | 'counting' 'nonfinite'                       # counting
  ;
reaction : name BY value ('for' value)? (COMMA limit)* ;
signal : 'signal' name ;
limit
  : 'not' 'below' value               # floor
  | AT 'most' NUMBER 'times'          # firings
  | 'ignoring' 'changes' 'under' value  # ignoring
  ;

test : 'test' STRING 'for' name ('with' fact (COMMA fact)*)? '{' expectation* '}' ;
fact
  : 'run' value              # givenRun
  | 'batch' value ('per' unit)?  # givenBatch
  | 'peak' (name '=')? value # givenPeak
  | rate                     # givenRate
  | name '=' value           # givenParameter
  ;
expectation : name ('in' name)? AT ('step' NUMBER | value) 'is' value ('within' value)? ;

schedule : chain (COMMA convention)* ;

// A comma may stand before `then`, as one would write it.
chain : part (COMMA? 'then' part)* ;
part
  : 'table' entry (COMMA entry)*                        # table
  | ('step' | 'cycle' | 'power') clause*                # wordPhase
  | 'reversed' value clause*                            # reversedPhase
  | value clause* ('{' schedule '}')?                   # valuePhase
  ;
entry : value value ;

// How a schedule is read, what stands behind its end, and what happens to it in the life of a run.
convention
  : READING ('start' | 'middle' | 'end') ('late' value)?     # sample
  | 'past' 'end' (WORD | 'mirror')                            # past
  | 'held' 'each' (value | unit)                              # held
  | 'like' name NUMBER?                                       # like
  | 'extend' 'to' value 'keep' 'value' (AT value)?            # extend
  | 'rewarm' 'over' value (AT value)?                         # rewarm
  | 'blend' 'from' value 'over' value (AT value)?             # blend
  ;

clause
  : 'to' value
  | 'from' value
  | 'for' value
  | 'until' value
  | 'over' value ('..' value)?
  | 'last' value
  | 'every' (value | unit)
  | 'per' (value | unit)
  | AT 'most' value ('cycles' | 'cycle')
  | AT value (NEXT_POSITION value)*
  | BY value
  | 'growing' BY value
  | 'peak' BY value
  | 'swing' BY value
  | 'power' value
  | 'timescale' value
  | 'between' value 'and' value
  | 'up' value
  | 'reversed' value
  | NUMBER 'times'
  | {!factorAhead()}? value
  ;

value
  : <assoc=right> value '^' value                                                   # power
  | '-' value                                                                       # negation
  | value ('*' | '/') value                                                         # product
  | value 'of' ('run' | 'cycle')                                                    # share
  | value ('+' | '-') value                                                         # sum
  | value 'rounded' ('up' | 'down' | 'to' 'even')? ('of' 'the' 'float' 'product')?  # rounded
  | quantity                                                                        # literal
  | ('position' | 'elapsed') 'in' unit                                              # place
  | 'mirror' name 'between' value 'and' value                                       # mirrored
  | variable AT 'step' NUMBER                                                       # branch
  | variable '(' (argument (COMMA argument)*)? ')'                                  # application
  | variable                                                                        # reference
  | '(' schedule ')'                                                                # grouped
  ;
argument : (name ':')? schedule ;
quantity : NUMBER (unit | '%' | 'x')? | SHARE | LEVEL ;
type : 'rate' | 'number' | 'x' | '%' | unit | WORD ;
unit
  : 'step' | 'steps' | 'sample' | 'samples' | 'token' | 'tokens' | 'epoch' | 'epochs'
  | 'second' | 'seconds'
  ;

// Words of the language that a person may use as a name: in any expression, and (the first list)
// where a line says what the name is.
name
  : variable
  | ( 'peak' | 'batch' | 'owner' | 'run' | 'stop' | 'scale' | 'mark' | 'past' | 'like'
    | 'held' | 'frozen' | 'cycle' | 'mirror' | 'table' | 'position' | 'elapsed' | 'growing' | 'up'
    | 'swing' | 'extend' | 'rewarm' | 'blend' | 'metric'
    )
  ;
variable
  : WORD | 'power' | 'rate' | 'number' | 'timescale' | 'start' | 'middle' | 'end' | 'late' | 'most'
  | 'cycles' | 'times' | 'each' | 'rises' | 'falls' | 'reaches' | 'ends' | 'above' | 'below'
  | 'continuous' | 'even' | 'product' | 'float' | 'plateau' | 'spike' | 'nonfinite' | 'threshold'
  | 'cooldown' | 'evals' | 'eval' | 'its' | 'mean' | 'relative' | 'absolute' | 'falling' | 'rising'
  | 'counting' | 'ignoring' | 'changes' | 'under' | 'keep' | 'value' | 'is' | 'within' | 'with'
  | 'after' | 'never' | 'signal'
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
