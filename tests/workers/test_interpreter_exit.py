"""A command that used a worker ends with the exit code it means, every time."""

import signal
import subprocess
import sys
import textwrap
import time

import pytest

from machine.embedded_temporal import EmbeddedTemporal


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


WITH_A_WORKER = """
    import asyncio, sys
    from temporalio import workflow
    from temporalio.client import Client
    from temporalio.worker import UnsandboxedWorkflowRunner, Worker
    from machine.interpreter_exit import run_and_leave
    from office.logs import configure_logs
    from workers.engine.connecting import temporal_runtime

    @workflow.defn
    class Done:
        @workflow.run
        async def run(self) -> int:
            return 7

    async def main() -> int:
        configure_logs()
        client = await Client.connect(sys.argv[1], runtime=temporal_runtime())
        async with Worker(client, task_queue=sys.argv[2], workflows=[Done],
                          workflow_runner=UnsandboxedWorkflowRunner()):
            print("said last", end="")
            return await client.execute_workflow(Done.run, id=sys.argv[2], task_queue=sys.argv[2])

    run_and_leave(main())
"""


@pytest.mark.engine
def test_after_a_worker_the_exit_code_is_the_commands_own(temporal_server: EmbeddedTemporal) -> None:
    for number in range(3):
        ended = run(WITH_A_WORKER, temporal_server.address, f"exit-{number}")
        assert (ended.returncode, ended.stdout, ended.stderr) == (7, "said last", "")


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        ("return 0", 0, ""),
        ("raise SystemExit(2)", 2, ""),
        ("raise RuntimeError('broken')", 1, "RuntimeError: broken"),
        ("raise KeyboardInterrupt", 130, ""),
    ],
)
def test_every_way_out_has_its_code(body: str, code: int, says: str) -> None:
    ended = run(
        f"""
        from machine.interpreter_exit import run_and_leave

        async def main():
            {body}

        run_and_leave(main())
        """
    )
    assert ended.returncode == code
    assert says in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_a_command_ends_in_its_own_time_with_0(number: signal.Signals) -> None:
    program = """
        from machine.interpreter_exit import asked_to_stop, run_and_leave

        async def main():
            print("ready", flush=True)
            print(await asked_to_stop(), flush=True)
            return 0

        run_and_leave(main())
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        process.send_signal(number)
        assert process.stdout.read() == f"{number}\n"
        assert process.wait(10) == 0


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_while_a_command_ends_breaks_nothing_off(second: signal.Signals) -> None:
    program = """
        import asyncio
        from machine.interpreter_exit import asked_to_stop, run_and_leave

        async def main():
            print("ready", flush=True)
            await asked_to_stop()
            print("ending", flush=True)
            await asyncio.sleep(1)
            print("ended", flush=True)
            return 0

        run_and_leave(main())
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "ending\n"
        process.send_signal(second)
        assert process.stdout.readline() == "ended\n"
        while process.poll() is None:  # also while the loop and the interpreter are taken down
            process.send_signal(second)
            time.sleep(0.01)
        assert process.returncode == 0
