"""A node that prints as one line of JSON what it was given: names, parameters, arguments."""

import json
import sys

import rclpy

rclpy.init()
node = rclpy.create_node("original", automatically_declare_parameters_from_overrides=True)
parameters = node.get_parameters_by_prefix("")
print(
    json.dumps(
        {
            "name": node.get_name(),
            "namespace": node.get_namespace(),
            "topic": node.resolve_topic_name("chatter"),
            "parameters": {key: [item.type_.name, item.value] for key, item in parameters.items()},
            "argv": rclpy.utilities.remove_ros_args(sys.argv)[1:],
        },
        default=list,
    ),
    flush=True,
)
rclpy.shutdown()
