//! What happens where the processor meets an instruction that it lacks.

use std::{
    cell::RefCell,
    ffi::{c_int, c_void},
    sync::Once,
};

use libc::{
    REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RAX, REG_RBP, REG_RBX, REG_RCX, REG_RDI,
    REG_RDX, REG_RIP, REG_RSI, REG_RSP, SA_SIGINFO, SIG_DFL, SIGILL, sigaction, siginfo_t, signal, ucontext_t,
};
use transferscope_engine::cpu::Tier;

use super::{
    instruction::{Address, Instruction, LONGEST, decode},
    registers::Registers,
};

/// Where the context holds each register, in the order of the numbers that encode them.
const ORDER: [c_int; 16] = [
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12,
    REG_R13, REG_R14, REG_R15,
];

thread_local! {
    static REGISTERS: RefCell<Registers> = const { RefCell::new(Registers::new()) };
}

/// Executes AMX's instructions from now on, and tells the engine that it may use them.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: all zeros is a valid action: no flags, an empty mask.
        let mut action: sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = handle as extern "C" fn(c_int, *mut siginfo_t, *mut c_void) as usize;
        action.sa_flags = SA_SIGINFO;
        // SAFETY: the action is valid for the call, and the handler has the form that its flag asks for.
        let answer = unsafe { sigaction(SIGILL, &raw const action, std::ptr::null_mut()) };
        assert_eq!(answer, 0, "the handler was refused");
        // SAFETY: the handler is that of all threads of the process.
        unsafe { Tier::assume_amx() };
    });
}

/// Executes the instruction and goes on behind it. It uses nothing that another thread or the interrupted code may hold: its
/// registers are the thread's own.
extern "C" fn handle(_: c_int, _: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: with SA_SIGINFO the third argument is the context of the interrupted code, which nobody else has now.
    let context = unsafe { &mut *context.cast::<ucontext_t>() };
    if execute(context).is_none() {
        // SAFETY: the instruction is executed again and ends the program, as it would have without a handler.
        unsafe { signal(SIGILL, SIG_DFL) };
    }
}

fn execute(context: &mut ucontext_t) -> Option<()> {
    let numbers = &mut context.uc_mcontext.gregs;
    let pointer = numbers[REG_RIP as usize];
    // SAFETY: the instruction lies there; it is followed by others, or by what pads the program's last page.
    let bytes = unsafe { (pointer as *const [u8; LONGEST]).read() };
    let (instruction, length) = decode(bytes)?;
    let register = |number: usize| numbers[ORDER[number] as usize].cast_unsigned();
    let (start, stride) = match instruction {
        Instruction::Configure(Address { base, index: None, offset }) => {
            (register(base).wrapping_add_signed(offset.into()), 0)
        }
        Instruction::Load(_, Address { base, index: Some((index, factor)), offset })
        | Instruction::Store(_, Address { base, index: Some((index, factor)), offset }) => {
            (register(base).wrapping_add_signed(offset.into()), register(index).wrapping_mul(factor))
        }
        Instruction::Release | Instruction::Zero(_) | Instruction::Multiply(..) => (0, 0),
        _ => return None,
    };
    // SAFETY: the program meant to execute the instruction with this memory.
    REGISTERS.with_borrow_mut(|registers| unsafe { registers.execute(instruction, start, stride) })?;
    numbers[REG_RIP as usize] = pointer + length as i64;
    Some(())
}
