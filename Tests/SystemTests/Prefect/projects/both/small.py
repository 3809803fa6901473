"""As little as a flow can be, with a line in its log."""

from prefect import flow, get_run_logger, task


@task
def double(number):
    return number * 2


@flow
def small(number: int = 1):
    get_run_logger().info("a line of the log")
    return double(number)


if __name__ == "__main__":
    print("RESULT", small(21))
